// Loaded into a process by `--import`: counts its HTTP requests to other servers by method, and writes the counts into
// a file of its own in the folder STORE_PROBE. In a cluster only the object store is asked that way.
import { subscribe } from 'node:diagnostics_channel';
import { renameSync, writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

export type RequestCounts = Record<string, number>;

const { STORE_PROBE: folder } = process.env;
// It is loaded into threads, too, which ask nobody and would write into the same file.
if (folder !== undefined && isMainThread) {
  const counts: RequestCounts = {};
  subscribe('http.client.request.start', (message) => {
    const { method } = (message as { request: ClientRequest }).request;
    counts[method] = (counts[method] ?? 0) + 1;
  });
  const file = join(folder, String(process.pid));
  setInterval(() => {
    // Whoever reads finds all of it or what was before.
    writeFileSync(`${file}.new`, JSON.stringify(counts));
    renameSync(`${file}.new`, file);
  }, 500).unref();
}
