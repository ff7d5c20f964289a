// test/golden/<case>.service.yaml -> <case>.model.json, with the fake cloud's subnets. A missing model is written and fails once.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseAllDocuments } from 'yaml';
import { manualClock } from '../../emulator/clock.js';
import { annotationsOf } from '../../emulator/controller/annotations.js';
import { build } from '../../emulator/controller/build.js';
import { targetTypeOf } from '../../emulator/controller/claims.js';
import { lookUpFacts } from '../../emulator/controller/facts-lookup.js';
import { createBackendSecurityGroup } from '../../emulator/controller/facts-securitygroups.js';
import { createZones } from '../../emulator/controller/facts-subnets.js';
import { defaultFlags } from '../../emulator/controller/flags.js';
import { createInventory } from '../../emulator/controller/inventory.js';
import type { Service } from '../../emulator/kube/types.js';
import { messageOf } from '../../emulator/errors.js';
import { createCloud, vpcId } from './fakes.js';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../test/golden');

const modelOf = async (service: Service, others: Service[]): Promise<unknown> => {
  const flags = { ...defaultFlags, clusterName: 'my-cluster', vpcId, region: 'us-west-2' };
  const { elbv2, ec2 } = createCloud();
  const subject = { service, flags, annotations: annotationsOf(service.metadata.annotations), targetType: targetTypeOf(service, flags) };
  const world = { ec2, inventory: createInventory(elbv2, flags, manualClock()), zones: createZones(ec2), backend: createBackendSecurityGroup(ec2, flags), serviceOf: (_: string, name: string) => others.find(({ metadata }) => metadata.name === name) };
  try {
    return build({ ...subject, facts: await lookUpFacts(world, subject) });
  } catch (error) {
    return { error: messageOf(error) };
  }
};

for (const file of fs.readdirSync(folder).filter((one) => one.endsWith('.service.yaml'))) {
  test(file.replace('.service.yaml', ''), async (t) => {
    // More documents in a file are other Services of the namespace.
    const [service, ...others] = parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8')).map((document) => document.toJS() as Service);
    const golden = path.join(folder, file.replace('.service.yaml', '.model.json'));
    const model = await modelOf(service as Service, others);
    if (!fs.existsSync(golden)) {
      fs.writeFileSync(golden, `${JSON.stringify(model, null, 2)}\n`);
      t.fail(`${golden} was missing and is written now: read it`);
    }
    t.deepEqual(JSON.parse(JSON.stringify(model)), JSON.parse(fs.readFileSync(golden, 'utf8')));
  });
}
