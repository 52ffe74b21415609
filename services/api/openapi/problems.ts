import { z } from 'zod';
import { problems, type ProblemCode } from '../../../lib/errors.ts';
import type { Endpoint } from '../endpoint.ts';

/** Problem details (RFC 9457), as every answer that is an error has them. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable; what happened'),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string(), code: z.string().optional() }))
      .optional()
      .describe('What is wrong with the input, and where'),
    quota: z
      .object({
        name: z.string(),
        used: z.number(),
        limit: z.number(),
        resetsAt: z.iso.datetime().nullable(),
      })
      .optional()
      .describe('Which limit stands in the way'),
    requestId: z
      .string()
      .optional()
      .describe('By which the operators find the request in their log; X-Request-Id says it, too'),
  })
  .meta({ id: 'Problem' });

/** What every request can meet. */
const everywhere: ProblemCode[] = ['bad_request', 'overloaded', 'unavailable', 'internal_error'];

/** The problems that an endpoint can answer: its own, and those that follow from what it takes and from whom. */
function problemsOf({ doc, access, body, query }: Endpoint): ProblemCode[] {
  return [
    ...new Set([
      ...everywhere,
      ...(access === 'anyone' ? [] : (['unauthorized', 'forbidden'] as const)),
      ...(body ? (['unsupported_media', 'too_large'] as const) : []),
      ...(body || query || doc.headers ? (['validation_failed'] as const) : []),
      ...(doc.problems ?? []),
    ]),
  ];
}

/** The same by the status that they come with. */
export function problemsByStatus(endpoint: Endpoint): Map<number, ProblemCode[]> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(endpoint)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
