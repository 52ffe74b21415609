import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { problems } from '../../../lib/errors.ts';
import { version } from '../../../lib/version.ts';
import { isReading, tags, type Content, type Endpoint } from '../endpoint.ts';
import { problemsByStatus, problemSchema } from './problems.ts';
import { webhookMessages } from './webhooks.ts';

const INTRODUCTION = `Upload a video and get its frames back as one ZIP.

Errors are problem details (RFC 9457) with a stable \`code\`. Times are ISO 8601 UTC, ids are UUIDs. Lists come newest
first, page by page: ask with the \`nextCursor\` of one page for the next one. What is not yours answers 404.

Fields, routes, problem codes and values of open lists may be added at any time; nothing that is documented goes without
a year's notice by the headers \`Deprecation\` (RFC 9745) and \`Sunset\` (RFC 8594).`;

/**
 * The API as an OpenAPI 3.1 document, made of the endpoints themselves: their schemas are those that check requests.
 * @param endpoints all there are
 * @param publicUrl where the API is, without a slash at the end
 */
export function describeApi(endpoints: Endpoint[], publicUrl: string) {
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Video frames',
        version,
        description: INTRODUCTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: publicUrl }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      paths: pathsOf(endpoints),
      webhooks: webhookMessages,
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'An access token of `POST /login`, or an API key where a session is not asked for. Operations name the right that they need: `read` and `write` are scopes of API keys, and an access token has both; `session` is a login; `admin` is a login of an administrator.',
          },
        },
      },
    },
    {
      allowEmptySchema: { unknown: true },
      // Answers may get more fields with any version, so readers must not refuse them.
      override: ({ jsonSchema, io }) => {
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    },
  );
}

/** `/video/:id` in the words of OpenAPI. */
const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function pathsOf(endpoints: Endpoint[]): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    const path = templateOf(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return paths;
}

function operationOf(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { doc, access, query } = endpoint;
  const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return {
    operationId: doc.id,
    tags: [doc.tag],
    summary: doc.summary,
    description: [doc.description, accessWords[access]].filter(Boolean).join('\n\n'),
    security: access === 'anyone' ? [] : [{ token: [rightOf(endpoint)] }],
    requestParams: {
      ...(names.length > 0 && { path: z.object(Object.fromEntries(names.map((it) => [it, z.string()]))) }),
      ...(query && { query: query as z.ZodObject }),
      ...(doc.headers && { header: z.object(doc.headers) }),
    },
    ...bodyOf(endpoint),
    responses: { ...goodReplies(endpoint), ...badReplies(endpoint) },
  };
}

/** What a caller must be allowed to. */
function rightOf({ access, method }: Endpoint): 'read' | 'write' | 'session' | 'admin' {
  if (access === 'session' || access === 'admin') return access;
  return isReading(method) ? 'read' : 'write';
}

const accessWords = {
  anyone: '',
  person: '',
  session: 'Needs a login: an API key does not do.',
  admin: 'For administrators.',
} satisfies Record<Endpoint['access'], string>;

function bodyOf({ body, doc }: Endpoint): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const schema = doc.body ?? body;
  if (schema) return { requestBody: { content: { 'application/json': { schema } } } };
  return doc.content ? { requestBody: { ...contentOf(doc.content) } } : {};
}

const contentOf = ({ types, description }: Content) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, {}])),
});

function goodReplies({ doc }: Endpoint) {
  const replies = Object.entries(doc.replies).map(([status, reply]) => {
    if (reply === null) return [status, { description: statusWords[status] ?? 'Done' }];
    if (!(reply instanceof z.ZodType)) return [status, contentOf(reply)];
    const content = { 'application/json': { schema: reply } };
    return [status, { description: statusWords[status] ?? 'Done', content }];
  });
  return Object.fromEntries(replies) as ZodOpenApiOperationObject['responses'];
}

const statusWords: Record<string, string> = {
  201: 'Made',
  202: 'Taken; it happens soon',
  204: 'Done; nothing to tell',
  302: 'It is elsewhere',
  304: 'It has not changed',
  503: 'Not now',
};

function badReplies(endpoint: Endpoint) {
  const replies = [...problemsByStatus(endpoint)]
    // What a good answer of this status says stands already.
    .filter(([status]) => !(status in endpoint.doc.replies))
    .map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; ');
      const wait = [429, 503].includes(status) ? { headers: z.object({ 'Retry-After': z.string() }) } : {};
      const content = { 'application/problem+json': { schema: problemSchema } };
      return [status, { description, content, ...wait }];
    });
  return Object.fromEntries(replies) as ZodOpenApiOperationObject['responses'];
}
