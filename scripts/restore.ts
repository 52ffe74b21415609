// Restore a backup into an empty installation that is not running: npm run restore -- DIR
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { restoreBackup } from '../lib/backup/restore-backup.ts';
import { bytes, command, installationOf, report, withPostgres } from './installation.ts';

await command(async () => {
  const [folder, ...more] = parseArgs({ allowPositionals: true }).positionals;
  if (folder === undefined || more.length > 0) throw new Error('Usage: npm run restore -- DIR');
  const installation = installationOf(process.env);
  const { objects } = await withPostgres(installation.embedded, false, () =>
    restoreBackup(resolve(folder), installation, report()),
  );
  console.log(`Restored, with ${objects.count} objects (${bytes(objects.bytes)}). Start the system now`);
});
