import { knownSourceSchema } from '../../../lib/replies.ts';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sha256Schema, videoSchema, type VideoJson } from '../../../lib/contracts.ts';
import { personal, type Endpoint } from '../endpoint.ts';
import { cleanFilename } from '../transfer/filename.ts';
import { readRecipe, recipeWish } from '../transfer/recipe.ts';
import { idempotency, readIdempotencyKey } from '../idempotency-key.ts';

/** What a file is known by. */
const contentSchema = z.strictObject({
  sha256: sha256Schema,
  /** In bytes. */
  size: z.int().min(0),
});

const check = personal({
  doc: {
    id: 'checkSource',
    tag: 'Uploads',
    summary: 'See whether you have a source already',
    replies: { 200: knownSourceSchema },
  },
  method: 'POST',
  path: '/video/check',
  body: contentSchema,
  handle: async ({ call, caller: { personId }, body }) => ({
    status: 200,
    body: await call('video.check', { ...body, personId }),
  }),
});

const reuseSchema = contentSchema.extend({ filename: z.string().optional(), recipe: z.unknown() });

const reuse = personal({
  doc: {
    id: 'reuseSource',
    tag: 'Uploads',
    summary: 'Make a video of a source that you have already',
    body: reuseSchema.extend({ recipe: recipeWish.optional() }),
    replies: { 201: videoSchema },
    headers: idempotency,
    problems: ['not_found', 'invalid_recipe', 'quota_exceeded', 'idempotency_mismatch'],
  },
  method: 'POST',
  path: '/video/reuse',
  body: reuseSchema,
  handle: async ({ call, req, caller: { personId }, body: { filename, recipe, ...content } }) => {
    const idempotencyKey = readIdempotencyKey(req);
    const video = await call<VideoJson>('video.reuse', {
      ...content,
      personId,
      videoId: randomUUID(),
      recipe: readRecipe(recipe ?? {}),
      ...(filename === undefined ? {} : { filename: cleanFilename(filename) }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    return { status: 201, body: video, headers: { Location: `/video/${video.id}` } };
  },
});

/** Whoever has sent a file once need not send it again. */
export const reuseEndpoints: Endpoint[] = [check, reuse];
