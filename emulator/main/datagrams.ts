// Says where datagrams of a Service do not arrive: in `status`, and as an Event of the Service, because nothing else would.
import type { Clock } from '../clock.js';
import { createKubeClient } from '../kube/client.js';
import { createRecorder } from '../kube/events.js';
import { createInformer } from '../kube/informer.js';
import { services } from '../kube/resources.js';
import type { Service } from '../kube/types.js';
import type { Log } from '../log.js';
import { lostWords, type Lost } from './lost.js';
import { namesOf } from './service-names.js';

const targetType = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type';

/** Whether a load balancer of ours takes datagrams that get lost. Pure. */
export const losesDatagrams = (service: Service, lost: Lost): boolean => {
  const hasUdp = service.spec.ports?.some(({ protocol }) => protocol === 'UDP') ?? false;
  const goal = service.metadata.annotations?.[targetType] === 'ip' ? 'pods' : 'nodes';
  return hasUdp && lost.includes(goal) && namesOf(service).length > 0;
};

/** Records the Event once for each such Service. */
export const warnOfDatagrams = async (kubeconfig: string, lost: Lost, deps: { clock: Clock; log: Log }): Promise<{ stop(): Promise<void> }> => {
  const client = await createKubeClient(kubeconfig);
  const recorder = createRecorder({ client, resource: services, component: 'nlbox', ...deps });
  const informer = createInformer<Service>({ client, resource: services, ...deps });
  const warned = new Set<string>();
  const look = (): void => {
    for (const service of informer.list()) {
      const { uid = '' } = service.metadata;
      if (warned.has(uid) || !losesDatagrams(service, lost)) continue;
      warned.add(uid);
      recorder.event(service, 'Warning', 'DatagramsNotCarried', lostWords(lost));
    }
  };
  informer.on(look);
  informer.start();
  await informer.synced;
  return {
    stop: async () => {
      await informer.stop();
      await recorder.flush();
      client.close();
    },
  };
};
