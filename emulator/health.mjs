// Whether the nlbox of this container is ready: what the image's health check runs, which has no curl. Node's own modules only.
const url = `http://127.0.0.1:${process.env.NLBOX_PORT || 4566}/_nlb/health`;
try {
  const { services } = await (await fetch(url)).json();
  process.exitCode = Object.values(services).includes('starting') ? 1 : 0;
} catch {
  process.exitCode = 1;
}
