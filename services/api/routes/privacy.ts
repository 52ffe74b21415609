import { z } from 'zod';
import { exportLinkSchema } from '../../../lib/replies.ts';
import { passwordAndMaybeCode, passwordOnly } from '../../../lib/security.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { asker } from '../asker.ts';
import { open, personal, type Endpoint } from '../endpoint.ts';
import { sendExport } from '../transfer/export.ts';
import { digestOfSecret, newLinkSecret } from '../../../lib/link-secret.ts';

interface PrivacyDependencies {
  store: ObjectStore;
  /** Where people reach the system, without a slash at the end. */
  publicUrl: string;
}

/** The routes by which people get what is held of them, and leave. */
export function privacyEndpoints({ store, publicUrl }: PrivacyDependencies): Endpoint[] {
  const request = personal({
    doc: {
      id: 'requestExport',
      tag: 'Accounts',
      summary: 'Get a link to everything that is held of you',
      replies: { 201: exportLinkSchema },
      problems: ['invalid_credentials', 'too_many_requests'],
    },
    access: 'session',
    method: 'POST',
    path: '/me/export',
    body: passwordOnly,
    handle: async (wish) => {
      const secret = newLinkSecret();
      const { expiresAt } = await wish.call<{ expiresAt: string }>('auth.requestExport', {
        ...asker(wish),
        ...wish.body,
        secretSha256: digestOfSecret(secret),
      });
      return { status: 201, body: { url: `${publicUrl}/exports/${secret}`, expiresAt } };
    },
  });

  const download = open({
    doc: {
      id: 'downloadExport',
      tag: 'Accounts',
      summary: 'Download an export, once',
      replies: { 200: { types: ['application/zip'], description: 'Everything that is held of a person' } },
      problems: ['not_found', 'expired'],
    },
    method: 'GET',
    path: '/exports/:secret',
    handle: async ({ call, res, params }) => {
      const secretSha256 = digestOfSecret(params.secret ?? '');
      if (secretSha256 === null) throw new ProblemError('not_found');
      const { personId } = await call<{ personId: string }>('auth.openExport', { secretSha256 });
      await sendExport({ call, res }, personId, store);
      return 'sent';
    },
  });

  return [request, download, leave];
}

const leave = personal({
  doc: {
    id: 'deleteAccount',
    tag: 'Accounts',
    summary: 'Delete your account with all that belongs to it',
    replies: { 202: z.object({}) },
    problems: ['invalid_credentials', 'invalid_code', 'second_factor_required', 'too_many_requests'],
  },
  access: 'session',
  method: 'POST',
  path: '/me/deletion',
  body: passwordAndMaybeCode,
  handle: async (request) => {
    await request.call('auth.deleteAccount', { ...asker(request), ...request.body });
    return { status: 202, body: {} };
  },
});
