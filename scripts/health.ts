// Whether the service in this container is up: the health check of the images. Ends with 0 when it is, else with 1.
const port = process.env.METRICS_PORT ?? '';
const { ok, status } = await fetch(`http://127.0.0.1:${port}/health/ready`, {
  signal: AbortSignal.timeout(4000),
});
if (!ok) {
  console.error(`The service answers ${status}`);
  process.exitCode = 1;
}
