import { pageOf, usageSchema } from '../../../lib/replies.ts';
import { z } from 'zod';
import { statusSchema, videoSchema, type ArchiveLocation, type VideoJson } from '../../../lib/contracts.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { archiveDoc } from '../archive-doc.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';
import { idempotency } from '../idempotency-key.ts';
import { sendArchive } from '../transfer/download.ts';
import { readRecipe, recipeWish } from '../transfer/recipe.ts';
import { receiveUpload, type UploadLimits } from '../transfer/upload.ts';

interface VideoDependencies {
  store: ObjectStore;
  limits: UploadLimits;
}

/** The routes of videos and their archives. */
export function videoEndpoints({ store, limits }: VideoDependencies): Endpoint[] {
  const upload = personal({
    doc: {
      id: 'uploadVideo',
      tag: 'Videos',
      summary: 'Upload a video, as a form or as a raw body',
      description:
        'A form has the file as `video` and the recipe, as JSON, as `recipe`, in any order. A raw body has them in the query. For networks that break there are resumable uploads.',
      replies: { 201: videoSchema },
      headers: idempotency,
      content: {
        types: ['multipart/form-data', 'application/octet-stream', 'video/*'],
        description: 'The video',
      },
      problems: [
        'too_large',
        'unsupported_media',
        'invalid_recipe',
        'too_many_requests',
        'quota_exceeded',
        'idempotency_mismatch',
        'upload_timeout',
        'bad_request',
      ],
    },
    method: 'POST',
    path: '/video',
    streams: true,
    query: z.object({ filename: z.string().optional(), recipe: z.string().optional() }),
    handle: async (request) => {
      const { video } = await receiveUpload(request, { store, limits });
      return { status: 201, body: video, headers: { Location: `/video/${video.id}` } };
    },
  });

  const download = (method: 'GET' | 'HEAD') =>
    personal({
      doc: archiveDoc(method, 'downloadArchive', 'Download an archive'),
      method,
      path: '/video/:id/download',
      query: z.object({ extraction: z.string().optional() }),
      handle: async (request) => {
        const extraction = request.query.extraction;
        const wanted = { ...own(request), ...(extraction === undefined ? {} : { extractionId: extraction }) };
        const archive = await request.call<ArchiveLocation>('video.archive', wanted);
        await sendArchive(request, archive, store);
        return 'sent';
      },
    });

  return [
    upload,
    usage,
    list,
    get,
    remove,
    change('cancel'),
    change('retry'),
    extract,
    download('GET'),
    download('HEAD'),
  ];
}

const usage = personal({
  doc: {
    id: 'getUsage',
    tag: 'Videos',
    summary: 'See what you have used of your quotas',
    replies: { 200: usageSchema },
  },
  method: 'GET',
  path: '/me/usage',
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('video.usage', { personId }),
  }),
});

const list = personal({
  doc: {
    id: 'listVideos',
    tag: 'Videos',
    summary: 'List your videos, newest first',
    replies: { 200: pageOf(videoSchema) },
  },
  method: 'GET',
  path: '/video',
  query: z.strictObject({
    status: statusSchema.optional(),
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z.string().max(200).optional(),
    q: z.string().max(200).optional(),
  }),
  handle: async ({ call, caller, query }) => {
    const params = { personId: caller.personId, ...query };
    return { status: 200, body: await call('video.list', params) };
  },
});

const get = personal({
  doc: {
    id: 'getVideo',
    tag: 'Videos',
    summary: 'See a video',
    replies: { 200: videoSchema },
    problems: ['not_found'],
  },
  method: 'GET',
  path: '/video/:id',
  handle: async (request) => ({
    status: 200,
    body: await request.call<VideoJson>('video.get', own(request)),
  }),
});

const remove = personal({
  doc: {
    id: 'deleteVideo',
    tag: 'Videos',
    summary: 'Delete a video with all that belongs to it',
    replies: { 204: null },
    problems: ['not_found'],
  },
  method: 'DELETE',
  path: '/video/:id',
  handle: async (request) => {
    await request.call('video.remove', own(request));
    return { status: 204 };
  },
});

const changes = {
  cancel: 'Stop the extraction of a video',
  retry: 'Extract the same frames once more',
} as const;

const change = (name: keyof typeof changes) =>
  personal({
    doc: {
      id: `${name}Video`,
      tag: 'Videos',
      summary: changes[name],
      replies: { 200: videoSchema },
      problems: ['not_found', 'invalid_state', 'expired', 'quota_exceeded'],
    },
    method: 'POST',
    path: `/video/:id/${name}`,
    handle: async (request) => ({ status: 200, body: await request.call(`video.${name}`, own(request)) }),
  });

const again = z.strictObject({ recipe: z.unknown() });

const extract = personal({
  doc: {
    id: 'extractAgain',
    tag: 'Videos',
    summary: 'Extract other frames of a video',
    body: again.extend({ recipe: recipeWish.optional() }),
    replies: { 201: videoSchema },
    problems: ['not_found', 'invalid_recipe', 'invalid_state', 'expired', 'quota_exceeded'],
  },
  method: 'POST',
  path: '/video/:id/extractions',
  body: again,
  handle: async (request) => {
    const recipe = readRecipe(request.body.recipe ?? {});
    const body = await request.call<VideoJson>('video.extract', { ...own(request), recipe });
    return { status: 201, body, headers: { Location: `/video/${body.id}` } };
  },
});
