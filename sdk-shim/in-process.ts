// An SDK request handler that needs no socket: what a client would send goes straight into an endpoint of this process.

export type InProcessRequest = {
  body: string;
  query: string;
  authorization: string | undefined;
  method: string;
  path: string;
  target: string | undefined;
};

/** What answers: `createEndpoint()` of `nlbox/endpoint` makes one. */
export type InProcessEndpoint = {
  answer(request: InProcessRequest): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }>;
};

/** The part of the SDK's HTTP request that is used here. */
export type SdkRequest = { method: string; path: string; query?: Record<string, string | string[] | null>; headers: Record<string, string>; body?: unknown };
export type SdkResponse = { statusCode: number; headers: Record<string, string>; body: Uint8Array };

/** To be given to a client as its `requestHandler`. */
export type InProcessHandler = {
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
};

const bodyOf = (body: unknown): string => {
  if (body === undefined || body === null) return '';
  return typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();
};

const queryOf = (query: SdkRequest['query'] = {}): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of Array.isArray(value) ? value : [value ?? '']) parameters.append(name, one);
  return parameters.toString();
};

const header = (headers: Record<string, string>, name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** `new ElasticLoadBalancingV2Client({ ...emulatorConfig(), requestHandler: inProcessHandler(endpoint) })`. */
export const inProcessHandler = (endpoint: InProcessEndpoint): InProcessHandler => ({
  handle: async (request) => {
    const { status, headers, body } = await endpoint.answer({
      method: request.method,
      path: request.path,
      query: queryOf(request.query),
      body: bodyOf(request.body),
      authorization: header(request.headers, 'authorization'),
      target: header(request.headers, 'x-amz-target'),
    });
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    return { response: { statusCode: status, headers: lower, body } };
  },
  destroy: () => {},
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
});
