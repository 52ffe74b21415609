import { z } from 'zod';
import { statusSchema, type ArchiveLocation, type VideoJson } from '../../../lib/contracts.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';
import { sendArchive } from '../transfer/download.ts';
import { readRecipe } from '../transfer/recipe.ts';
import { receiveUpload, type UploadLimits } from '../transfer/upload.ts';

interface VideoDependencies {
  store: ObjectStore;
  limits: UploadLimits;
}

/** The routes of videos and their archives. */
export function videoEndpoints({ store, limits }: VideoDependencies): Endpoint[] {
  const upload = personal({
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
  method: 'GET',
  path: '/me/usage',
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('video.usage', { personId }),
  }),
});

const list = personal({
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
  method: 'GET',
  path: '/video/:id',
  handle: async (request) => ({
    status: 200,
    body: await request.call<VideoJson>('video.get', own(request)),
  }),
});

const remove = personal({
  method: 'DELETE',
  path: '/video/:id',
  handle: async (request) => {
    await request.call('video.remove', own(request));
    return { status: 204 };
  },
});

const change = (name: 'cancel' | 'retry') =>
  personal({
    method: 'POST',
    path: `/video/:id/${name}`,
    handle: async (request) => ({ status: 200, body: await request.call(`video.${name}`, own(request)) }),
  });

const extract = personal({
  method: 'POST',
  path: '/video/:id/extractions',
  body: z.strictObject({ recipe: z.unknown() }),
  handle: async (request) => {
    const recipe = readRecipe(request.body.recipe ?? {});
    const body = await request.call<VideoJson>('video.extract', { ...own(request), recipe });
    return { status: 201, body, headers: { Location: `/video/${body.id}` } };
  },
});
