// Which ports need privileges, and what stands for them.
import test from 'ava';
import { lowestPort, standingFor } from '../emulator/ports.js';

test('a port below the lowest one stands above the ports that the kernel gives out; all others are as they are', (t) => {
  t.is(standingFor(1024, 80), 64_080);
  t.is(standingFor(1024, 1023), 65_023);
  t.is(standingFor(1024, 1024), 1024);
  t.is(standingFor(1, 80), 80);
  t.is(standingFor(1024, 0), 0);
});

test('the lowest port is one that can be opened', (t) => {
  t.true(lowestPort() >= 1 && lowestPort() <= 1024);
});
