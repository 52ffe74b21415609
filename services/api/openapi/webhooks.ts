import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { notices } from '../../../lib/notices.ts';
import { webhookKinds } from '../../../lib/webhooks.ts';

/** Standard Webhooks (https://www.standardwebhooks.com). */
const headers = z.object({
  'webhook-id': z.string().describe('The same in each attempt and in each replay'),
  'webhook-timestamp': z.string().describe('Seconds since 1970'),
  'webhook-signature': z
    .string()
    .describe('`v1,` and the HMAC-SHA256 in Base64; several with blanks between'),
});

/** What is added to a kind's own data. */
const more = z.object({
  url: z.string().optional().describe('Of the video'),
  downloadUrl: z.string().optional(),
  message: z.string().optional().describe('Why it failed, in a sentence'),
});

/** What the endpoints of people are sent, as the API document has it. */
export const webhookMessages = Object.fromEntries(
  webhookKinds.map((kind) => [
    kind,
    {
      post: {
        operationId: `on_${kind}`.replace(/\W+/g, '_'),
        tags: ['Webhooks'],
        summary: `Tells of ${kind}`,
        security: [],
        requestParams: { header: headers },
        requestBody: {
          content: {
            'application/json': {
              schema: z.object({
                type: z.literal(kind),
                timestamp: z.iso.datetime(),
                data: z.object({ ...notices[kind].shape, ...more.shape }),
              }),
            },
          },
        },
        responses: {
          '2XX': { description: 'It has arrived' },
          410: { description: 'Never again: the webhook is switched off' },
        },
      },
    },
  ]),
) as ZodOpenApiPathsObject;
