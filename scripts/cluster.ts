// The system as a cluster on this machine, without containers: RabbitMQ, PostgreSQL, an S3 server, a mail catcher with
// a web page, and N processes of each service. Usage: npm run cluster -- --processor 3 --api 2
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serviceNames, startCluster, type Replicas } from '../test/support/cluster.ts';
import { freePort } from '../test/support/ports.ts';

const { values } = parseArgs({
  options: {
    ...Object.fromEntries(serviceNames.map((name) => [name, { type: 'string', default: '1' } as const])),
    port: { type: 'string', default: '3000' },
    data: { type: 'string', default: 'data/cluster' },
  },
});

/** @throws when the option isn't a whole number in the range */
function wholeNumber(name: string, min: number, max: number): number {
  const value = Number((values as Record<string, string>)[name]);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}`);
}

function startMailCatcher(smtpPort: number, webPort: number) {
  const folder = dirname(fileURLToPath(import.meta.resolve('maildev')));
  const cli = join(folder, 'bin', 'maildev.js');
  const args = [
    '--smtp',
    String(smtpPort),
    '--ip',
    '127.0.0.1',
    '--web',
    String(webPort),
    '--web-ip',
    '127.0.0.1',
  ];
  return spawn(process.execPath, [cli, ...args, '--silent'], { stdio: 'inherit', detached: true });
}

const replicas = Object.fromEntries(serviceNames.map((name) => [name, wholeNumber(name, 1, 50)])) as Replicas;
const port = wholeNumber('port', 1, 65_000);
const [smtpPort, webPort] = [await freePort(), await freePort()];
const mailCatcher = startMailCatcher(smtpPort, webPort);
console.log('Starting RabbitMQ, PostgreSQL, S3 and the services …');
const cluster = await startCluster({
  replicas,
  port,
  withMetrics: true,
  folder: resolve((values as { data: string }).data),
  mailUrl: `smtp://127.0.0.1:${smtpPort}`,
});

console.log(`Pages        ${cluster.urls.join('  ')}`);
console.log(`Mail         http://127.0.0.1:${webPort}`);
console.log(`RabbitMQ     ${cluster.rabbit.url}`);
console.log(`S3           ${cluster.s3.url}`);
console.log(`Metrics      ${cluster.metrics.join('  ')}`);
console.log(`Processes    ${serviceNames.map((name) => `${name} × ${replicas[name]}`).join(', ')}`);
console.log(`REPL         AMQP_URL=${cluster.rabbit.url} npm run repl`);
console.log('Stop with Ctrl-C');

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.log('Stopping …');
await cluster.stop();
mailCatcher.kill();
