// The operations that belong to application load balancers alone: each is refused by name, in the shape of AWS; and each modelled one has its file here.
import fs from 'node:fs';
import test from 'ava';
import { modelled } from '../../../emulator/api/elbv2/modelled.js';
import { unseen } from '../../../emulator/api/elbv2/texts.js';
import { createWorld } from './fixture.js';

const named = (is: boolean): string[] => Object.entries(modelled).filter(([, yes]) => yes === is).map(([name]) => name);

test('each operation that is not modelled says so', async (t) => {
  const { post } = await createWorld();
  t.is(named(false).length, 17);
  for (const name of named(false)) {
    const { status, text } = await post(`Action=${name}&Version=2015-12-01`);
    t.is(status, 400, name);
    t.true(text.includes(`<Type>Sender</Type><Code>UnsupportedOperation</Code><Message>nlbox does not model the operation ${name} yet</Message>`), text);
  }
});

test('each modelled operation has a test file with the same three blocks', (t) => {
  for (const name of named(true)) {
    const text = fs.readFileSync(`test/api/elbv2/${name}.test.ts`, 'utf8');
    for (const block of ['shape', 'checks', 'function']) t.true(text.includes(`test('${block}: `), `${name}: ${block}`);
  }
});

test('each refusal whose words nobody has seen is one that happens', (t) => {
  const code = fs.readdirSync('emulator/api/elbv2').filter((file) => file !== 'texts.ts').map((file) => fs.readFileSync(`emulator/api/elbv2/${file}`, 'utf8')).join('\n');
  t.deepEqual(Object.keys(unseen).filter((name) => !code.includes(`unseen.${name}(`)), []);
});
