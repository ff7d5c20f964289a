// What `kubectl port-forward` prints, pure: where it listens, and which connection did not get through, and why.

/** `Forwarding from 127.0.0.1:43211 -> 8080` */
export const portIn = (line: string): number | undefined => {
  const match = /^Forwarding from 127\.0\.0\.1:(\d+) -> /.exec(line);
  return match ? Number(match[1]) : undefined;
};

// Linux's words for connect(2) as containerd hands them on, and Node's as the embedded cluster does.
const codes: readonly [words: RegExp, code: string][] = [
  [/connection refused|ECONNREFUSED/, 'ECONNREFUSED'], [/timed out|timeout|ETIMEDOUT/i, 'ETIMEDOUT'], [/no route to host|EHOSTUNREACH/, 'EHOSTUNREACH'],
];

/**
 * The error of a connection that the other end of the forward could not make. The words are those of client-go's
 * tools/portforward, the same since 1.20: a connection's own failure, a stream that could not be had, and the end of all.
 */
export const refusalIn = (line: string): Error | undefined => {
  const match = /an error occurred forwarding \d+ -> \d+: (.*)|error creating (?:error|forwarding) stream for port \d+ -> \d+: (.*)|(lost connection to pod)/.exec(line);
  if (!match) return undefined;
  const why = (match[1] ?? match[2] ?? match[3] ?? '').replace(/"$/, '');
  const code = codes.find(([words]) => words.test(why))?.[1];
  return code === undefined ? new Error(`the port-forward says: ${why}`) : Object.assign(new Error(`connect ${code} behind the port-forward`), { code, syscall: 'connect' });
};
