// The real `aws` for tests that call it dozens of times: loaded once, it answers in a third of the processor time that a start costs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { besideShims } from './nlbox.js';
import { scratch } from './scratch.js';

const newFolder = scratch('nlbox-aws');

/** The interpreter of an `aws` that is a script of Python's; undefined where it is a program of its own. */
const pythonOf = (searched: string): string | undefined => {
  const aws = searched.split(path.delimiter).map((folder) => path.join(folder, 'aws')).find((file) => fs.existsSync(file));
  const first = aws === undefined ? '' : (fs.readFileSync(aws, 'latin1').split('\n')[0] ?? '');
  return /^#! ?(\/\S*python[\d.]*)$/.exec(first)?.[1];
};

const client = (python: string, socket: string): string => `#!${python} -IS
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect(${JSON.stringify(socket)})
socket.send_fds(door, [json.dumps({"args": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}).encode()], [0, 1, 2])
code = door.recv(1)
sys.exit(code[0] if code else 255)
`;

/** A PATH on which `aws` is that one until the test ends; the plain one where it cannot be loaded ahead. */
export const warmAws = async (t: { teardown(fn: () => Promise<void>): void }): Promise<string> => {
  const searched = besideShims();
  const python = pythonOf(searched);
  if (python === undefined) return searched;
  const folder = newFolder();
  const socket = path.join(folder, 'door');
  const child = spawn(python, [path.resolve('test/support/warm-aws.py'), socket], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  t.teardown(async () => {
    child.stdin.end();
    await gone;
  });
  const stands = await Promise.race([once(child.stdout, 'data').then(() => true), gone.then(() => false)]);
  if (!stands) return searched;
  fs.writeFileSync(path.join(folder, 'aws'), client(python, socket), { mode: 0o755 });
  return `${folder}${path.delimiter}${searched}`;
};
