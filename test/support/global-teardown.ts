import { rm } from 'node:fs/promises';

export default async function globalTeardown(): Promise<void> {
  if (!globalThis.testPostgres) return;
  await globalThis.testPostgres.server.stop();
  await rm(globalThis.testPostgres.folder, { recursive: true, force: true });
}
