import { uploadPlanSchema } from '../../../lib/replies.ts';
import { z } from 'zod';
import { sha256Schema, videoSchema } from '../../../lib/contracts.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';
import { beginDirect, completeDirect, giveUpDirect, resumeDirect } from '../transfer/direct.ts';
import { cleanFilename } from '../transfer/filename.ts';
import { MAX_PARTS } from '../transfer/parts.ts';
import { readRecipe, recipeWish } from '../transfer/recipe.ts';

const etag = z
  .string()
  .max(200)
  .regex(/^"?[\w+/=-]+"?$/, 'This is no ETag');

const wishSchema = z.strictObject({
  filename: z.string().min(1).max(1000),
  size: z.int().min(1),
  sha256: sha256Schema.optional(),
  contentType: z
    .string()
    .max(255)
    .regex(/^(video\/[\w.+-]+|application\/octet-stream)$/, 'Use video/… or application/octet-stream')
    .default('application/octet-stream'),
  recipe: z.unknown().optional(),
});

/** The routes of uploads that go straight to the object store. */
export function directEndpoints({ store }: { store: ObjectStore }): Endpoint[] {
  const begin = personal({
    doc: {
      id: 'beginDirectUpload',
      tag: 'Uploads',
      summary: 'Begin an upload that goes straight to the object store',
      body: wishSchema.extend({ recipe: recipeWish.optional() }),
      replies: { 201: uploadPlanSchema },
      problems: ['not_supported', 'too_large', 'too_many_requests', 'quota_exceeded', 'invalid_recipe'],
    },
    method: 'POST',
    path: '/video/direct',
    body: wishSchema,
    handle: async ({ call, caller, origin, body: { filename, size, sha256, contentType, recipe } }) => {
      const wish = {
        ...{ filename: cleanFilename(filename), size, contentType },
        ...(sha256 === undefined ? {} : { sha256 }),
        recipe: readRecipe(recipe ?? {}),
      };
      return { status: 201, body: await beginDirect({ call, store }, { caller, origin }, wish) };
    },
  });

  const resume = personal({
    doc: {
      id: 'resumeDirectUpload',
      tag: 'Uploads',
      summary: 'See which parts of a direct upload have arrived, with new URLs',
      replies: { 200: uploadPlanSchema },
      problems: ['not_supported', 'not_found', 'expired', 'invalid_state'],
    },
    method: 'GET',
    path: '/video/direct/:id',
    handle: async (request) => ({
      status: 200,
      body: await resumeDirect({ call: request.call, store }, own(request)),
    }),
  });

  const complete = personal({
    doc: {
      id: 'completeDirectUpload',
      tag: 'Uploads',
      summary: 'Make a video of a direct upload',
      replies: { 201: videoSchema },
      problems: [
        'not_supported',
        'not_found',
        'expired',
        'upload_locked',
        'checksum_mismatch',
        'unsupported_media',
        'quota_exceeded',
      ],
    },
    method: 'POST',
    path: '/video/direct/:id/complete',
    largeBody: true,
    body: z.strictObject({
      parts: z.array(z.strictObject({ number: z.int().min(1).max(MAX_PARTS), etag })).max(MAX_PARTS),
    }),
    handle: async (request) => {
      const { call, body } = request;
      const video = await completeDirect({ call, store }, own(request), body.parts);
      return { status: 201, body: video, headers: { Location: `/video/${video.id}` } };
    },
  });

  const giveUp = personal({
    doc: {
      id: 'giveUpDirectUpload',
      tag: 'Uploads',
      summary: 'Give a direct upload up',
      replies: { 204: null },
      problems: ['not_supported', 'not_found', 'invalid_state', 'upload_locked'],
    },
    method: 'DELETE',
    path: '/video/direct/:id',
    handle: async (request) => {
      await giveUpDirect({ call: request.call, store }, own(request));
      return { status: 204 };
    },
  });

  return [begin, resume, complete, giveUp];
}
