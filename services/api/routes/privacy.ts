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
  access: 'session',
  method: 'POST',
  path: '/me/deletion',
  body: passwordAndMaybeCode,
  handle: async (request) => {
    await request.call('auth.deleteAccount', { ...asker(request), ...request.body });
    return { status: 202, body: {} };
  },
});
