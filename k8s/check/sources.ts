import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Role } from './flows.ts';

const root = join(import.meta.dirname, '..', '..');

/** Whoever imports one of these has to do with what it reaches. */
const signs: Partial<Record<Role, string>> = {
  broker: 'mixins/transporter/amqp-transporter.ts',
  collector: 'lib/tracing/export.ts',
  database: 'mixins/database.mixin.ts',
  mail: 'lib/mail/smtp.ts',
  'mail-events': '@aws-sdk/client-sqs',
  objects: 'lib/storage/s3.ts',
  webhooks: 'services/notify/webhooks/guard.ts',
};

/** What the code of a service reaches, by what it imports, and what that imports. */
export async function rolesUsedBy(service: string): Promise<Set<Role>> {
  const seen = new Set<string>();
  await follow('moleculer.config.ts', seen);
  await follow(`services/${service}/${service}.service.ts`, seen);
  const used = Object.entries(signs).filter(([, sign]) => seen.has(sign));
  return new Set(used.map(([role]) => role as Role));
}

/** @returns the roles that the code can tell of */
export const knownRoles = (): Role[] => Object.keys(signs) as Role[];

async function follow(path: string, seen: Set<string>): Promise<void> {
  if (seen.has(path)) return;
  seen.add(path);
  if (!path.endsWith('.ts')) return;
  const text = await readFile(join(root, path), 'utf8');
  // Types are gone when it runs.
  for (const [, name = ''] of text.matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from '([^']+)';|import\('([^']+)'\)/gm,
  )) {
    await follow(name.startsWith('.') ? join(dirname(path), name) : name, seen);
  }
}
