// `nlbox relay`: what the container of docker-compose.yml runs for an nlbox outside of it; not for people.
import { relayListens, relayPort, startRelay } from '../main/relay.js';

export const relay = async (): Promise<void> => {
  const running = await startRelay({ host: '0.0.0.0', port: relayPort });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => running.close());
  process.stdout.write(`${relayListens} on port ${running.port}\n`);
};
