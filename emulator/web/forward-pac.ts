// The proxy auto-config file that sends a browser's requests for load balancers through the forward proxy, and nothing else. Pure.

/** https://developer.mozilla.org/docs/Web/HTTP/Guides/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file */
export const pacContentType = 'application/x-ns-proxy-autoconfig';

// With nlbox gone a browser goes on to DIRECT, and names that are really AWS's work again.
/** `proxy` is the authority under which the reader reached this endpoint. */
export const pacFor = (proxy: string): string => `function FindProxyForURL(url, host) {
  if (/\\.elb\\.[a-z0-9-]+\\.amazonaws\\.com\\.?$/i.test(host)) return "PROXY ${proxy}; DIRECT";
  return "DIRECT";
}
`;
