// How a machine's resolver is pointed at the DNS responder, pure: the lines to type, by operating system.

export type Pointing = { host: string; port: number; region: string };

const linux = ({ host, port, region }: Pointing): string[] => [
  'systemd-resolved sends it these names with:',
  `  printf '[Resolve]\\nDNS=${host}:${port}\\nDNSSEC=false\\nDomains=~elb.${region}.amazonaws.com\\n' | sudo install -Dm644 /dev/stdin /etc/systemd/resolved.conf.d/nlbox.conf && sudo systemctl restart systemd-resolved`,
  '  (take it back with `sudo rm /etc/systemd/resolved.conf.d/nlbox.conf && sudo systemctl restart systemd-resolved`)',
];

const darwin = ({ host, port, region }: Pointing): string[] => [
  'macOS sends it these names with:',
  `  sudo mkdir -p /etc/resolver && printf 'nameserver ${host}\\nport ${port}\\n' | sudo tee /etc/resolver/elb.${region}.amazonaws.com`,
  `  (take it back with \`sudo rm /etc/resolver/elb.${region}.amazonaws.com\`)`,
];

// A rule of the name resolution policy table has no place for a port.
const win32 = ({ host, port, region }: Pointing): string[] =>
  port === 53
    ? [
        'Windows sends it these names with, in an administrator PowerShell:',
        `  Add-DnsClientNrptRule -Namespace ".elb.${region}.amazonaws.com" -NameServers "${host}"`,
        `  (take it back with \`Get-DnsClientNrptRule | Where-Object Namespace -eq ".elb.${region}.amazonaws.com" | Remove-DnsClientNrptRule -Force\`)`,
      ]
    : ['Windows can send names to port 53 only: start with --dns-port 53 to use it there.'];

/** What `status` says of the responder on this platform. */
export const pointingLines = (platform: NodeJS.Platform, pointing: Pointing): string[] => [
  `The DNS responder answers for *.elb.${pointing.region}.amazonaws.com at ${pointing.host} port ${pointing.port}, UDP and TCP.`,
  `  dig @${pointing.host} -p ${pointing.port} NAME`,
  ...(platform === 'darwin' ? darwin(pointing) : platform === 'win32' ? win32(pointing) : linux(pointing)),
];
