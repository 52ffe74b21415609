import { linkSchema } from '../../../lib/replies.ts';
import { z } from 'zod';
import type { ArchiveLocation, DownloadLink } from '../../../lib/contracts.ts';
import { ProblemError } from '../../../lib/errors.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { archiveDoc } from '../archive-doc.ts';
import { open, own, personal, type Endpoint } from '../endpoint.ts';
import { sendArchive } from '../transfer/download.ts';
import { digestOfSecret, newLinkSecret } from '../../../lib/link-secret.ts';

interface LinkDependencies {
  store: ObjectStore;
  /** Where people reach the system, without a slash at the end. */
  publicUrl: string;
}

/** The routes of download links, which work without a token. */
export function linkEndpoints({ store, publicUrl }: LinkDependencies): Endpoint[] {
  const create = personal({
    doc: {
      id: 'createLink',
      tag: 'Frames',
      summary: 'Make a link that downloads an archive without a token',
      replies: { 201: linkSchema.extend({ url: z.string() }).meta({ id: 'NewDownloadLink' }) },
      problems: ['not_found', 'not_ready', 'expired'],
    },
    method: 'POST',
    path: '/video/:id/links',
    body: z.strictObject({
      expiresSeconds: z.int().min(60).max(604_800).default(3600),
      extraction: z.uuid().optional(),
    }),
    handle: async (request) => {
      const { expiresSeconds, extraction } = request.body;
      const secret = newLinkSecret();
      const link = await request.call<DownloadLink>('video.createLink', {
        ...own(request),
        ...(extraction === undefined ? {} : { extractionId: extraction }),
        secretSha256: digestOfSecret(secret),
        expiresSeconds,
      });
      return { status: 201, body: { ...link, url: `${publicUrl}/links/${secret}` } };
    },
  });

  const follow = (method: 'GET' | 'HEAD') =>
    open({
      doc: archiveDoc(method, 'followLink', 'Download an archive by a link'),
      method,
      path: '/links/:secret',
      handle: async (request) => {
        const secretSha256 = digestOfSecret(request.params.secret ?? '');
        if (secretSha256 === null) throw new ProblemError('not_found');
        const archive = await request.call<ArchiveLocation>('video.findLink', { secretSha256 });
        // Nobody who gets at a cache may find what a revoked link gave.
        await sendArchive(request, archive, store, { cacheControl: 'private, no-store' });
        return 'sent';
      },
    });

  return [create, list, revoke, follow('GET'), follow('HEAD')];
}

const list = personal({
  doc: {
    id: 'listLinks',
    tag: 'Frames',
    summary: 'List the links of a video',
    replies: { 200: z.object({ items: z.array(linkSchema) }) },
    problems: ['not_found'],
  },
  method: 'GET',
  path: '/video/:id/links',
  handle: async (request) => {
    const { items } = await request.call<{ items: DownloadLink[] }>('video.listLinks', own(request));
    return { status: 200, body: { items: items.map((link) => ({ ...link, url: null })) } };
  },
});

const revoke = personal({
  doc: {
    id: 'revokeLink',
    tag: 'Frames',
    summary: 'Revoke a link',
    replies: { 204: null },
    problems: ['not_found'],
  },
  method: 'DELETE',
  path: '/video/:id/links/:linkId',
  handle: async (request) => {
    await request.call('video.revokeLink', { ...own(request), linkId: request.params.linkId });
    return { status: 204 };
  },
});
