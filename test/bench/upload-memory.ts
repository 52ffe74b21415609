/**
 * The memory of the process while one large body is uploaded, against the process at rest.
 * Usage: upload-memory.ts [GiB]
 */
import { readFile } from 'node:fs/promises';
import { registerPerson } from '../support/person.ts';
import { startSystem } from '../support/system.ts';

const GiB = 1024 ** 3;
const MiB = 1024 ** 2;
const size = Number(process.argv[2] ?? 2) * GiB;

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}

/** A body of pseudo-random bytes that is made while it is sent. */
function body(): ReadableStream<Uint8Array> {
  const chunk = Buffer.from(Array.from({ length: MiB }, (_, i) => (i * 2_654_435_761) >>> 24));
  let left = size;
  return new ReadableStream({
    pull: (controller) => {
      if (left <= 0) {
        controller.close();
        return;
      }
      controller.enqueue(new Uint8Array(chunk));
      left -= chunk.length;
    },
  });
}

const system = await startSystem({ env: { MAX_UPLOAD_BYTES: String(size) } });
try {
  const person = await registerPerson(system.url);
  const atRest = await residentMiB(system.pid);
  let peak = atRest;
  const watching = setInterval(() => {
    residentMiB(system.pid).then(
      (now) => (peak = Math.max(peak, now)),
      () => undefined,
    );
  }, 100);
  const start = performance.now();
  const headers = { 'content-type': 'application/octet-stream' };
  const init = { method: 'POST', body: body(), headers, duplex: 'half' } as RequestInit;
  const { status } = await person.fetch('/video', init);
  const took = (performance.now() - start) / 1000;
  clearInterval(watching);
  console.log(
    `${size / GiB} GiB uploaded in ${took.toFixed(1)} s (status ${status}), ${(size / MiB / took).toFixed(0)} MiB/s`,
  );
  console.log(
    `memory at rest ${atRest.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB, growth ${(peak - atRest).toFixed(0)} MiB`,
  );
} finally {
  await system.remove();
}
