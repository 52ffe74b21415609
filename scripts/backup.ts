// Back up an installation, also while it runs: npm run backup -- DIR. Check a backup: npm run backup -- --verify DIR
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyBackup } from '../lib/backup/restore-backup.ts';
import { writeBackup } from '../lib/backup/write-backup.ts';
import { bytes, command, installationOf, report, withPostgres } from './installation.ts';

await command(async () => {
  const { values, positionals } = parseArgs({
    options: { verify: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1)
    throw new Error('Usage: npm run backup -- [--verify] DIR');
  const installation = values.verify ? null : installationOf(process.env);
  const manifest = installation
    ? await withPostgres(installation.embedded, true, () =>
        writeBackup(installation, resolve(folder), report()),
      )
    : await verifyBackup(resolve(folder));
  for (const key of manifest.missing) console.warn(`The store did not have ${key}, which a row names`);
  const { count, bytes: size } = manifest.objects;
  console.log(`Whole: ${folder}, of ${manifest.takenAt}, with ${count} objects (${bytes(size)})`);
});
