import { z } from 'zod';
import { sha256Schema } from '../../../lib/contracts.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';
import { beginDirect, completeDirect, giveUpDirect, resumeDirect } from '../transfer/direct.ts';
import { cleanFilename } from '../transfer/filename.ts';
import { MAX_PARTS } from '../transfer/parts.ts';
import { readRecipe } from '../transfer/recipe.ts';

const etag = z
  .string()
  .max(200)
  .regex(/^"?[\w+/=-]+"?$/, 'This is no ETag');

/** The routes of uploads that go straight to the object store. */
export function directEndpoints({ store }: { store: ObjectStore }): Endpoint[] {
  const begin = personal({
    method: 'POST',
    path: '/video/direct',
    body: z.strictObject({
      filename: z.string().min(1).max(1000),
      size: z.int().min(1),
      sha256: sha256Schema.optional(),
      contentType: z
        .string()
        .max(255)
        .regex(/^(video\/[\w.+-]+|application\/octet-stream)$/, 'Use video/… or application/octet-stream')
        .default('application/octet-stream'),
      recipe: z.unknown().optional(),
    }),
    handle: async ({ call, caller, body: { filename, size, sha256, contentType, recipe } }) => {
      const wish = {
        ...{ filename: cleanFilename(filename), size, contentType },
        ...(sha256 === undefined ? {} : { sha256 }),
        recipe: readRecipe(recipe ?? {}),
      };
      return { status: 201, body: await beginDirect({ call, store }, caller.personId, wish) };
    },
  });

  const resume = personal({
    method: 'GET',
    path: '/video/direct/:id',
    handle: async (request) => ({
      status: 200,
      body: await resumeDirect({ call: request.call, store }, own(request)),
    }),
  });

  const complete = personal({
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
    method: 'DELETE',
    path: '/video/direct/:id',
    handle: async (request) => {
      await giveUpDirect({ call: request.call, store }, own(request));
      return { status: 204 };
    },
  });

  return [begin, resume, complete, giveUp];
}
