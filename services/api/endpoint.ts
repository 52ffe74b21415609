import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Origin } from '../../lib/accounts.ts';
import type { Caller } from '../../lib/contracts.ts';
import type { ProblemCode } from '../../lib/errors.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** Whether a method changes nothing, so that an API key to read may use it. */
export const isReading = (method: Method): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/**
 * Calls an action by its name: the transporter gives it to whichever replica is free. Only what is about one process is
 * asked of a chosen node.
 */
export type Call = <Result>(action: string, params?: object, on?: { nodeID: string }) => Promise<Result>;

/** A request whose parts have been checked against the endpoint's schemas. */
export interface ApiRequest<Body = unknown, Query = unknown> {
  req: IncomingMessage;
  res: ServerResponse;
  params: Record<string, string>;
  body: Body;
  query: Query;
  /** Where the request comes from. */
  origin: Origin;
  call: Call;
}

/** The same from a caller whose access token was verified. */
export interface PersonalRequest<Body = unknown, Query = unknown> extends ApiRequest<Body, Query> {
  caller: Caller;
}

/** What an endpoint answers; `sent` means that it has written (and ended) the response itself. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'sent';

/** What an answer holds that is no JSON. */
export interface Content {
  /** Media types. */
  types: string[];
  description: string;
}

/** What the API document says of an endpoint beside its method, path and schemas. */
export interface Documentation {
  /** The operation's name; generated clients call it so. */
  id: string;
  tag: Tag;
  /** What it does, in a few words. */
  summary: string;
  description?: string;
  /** What a good answer holds, by its status: JSON of a schema, something else, or nothing. */
  replies: Record<number, z.ZodType | Content | null>;
  /** The problems that are its own; those of its access and its schemas are added by rule. */
  problems?: ProblemCode[];
  /** What `body` holds, where the endpoint reads a part of it itself, because what is wrong there has its own code. */
  body?: z.ZodType;
  /** What is sent that is no JSON of `body`. */
  content?: Content;
  /** Request headers with a meaning, by their names. */
  headers?: Record<string, z.ZodType>;
}

/** The parts of the API, in the order of the document. */
export const tags = {
  Accounts: 'Registering, logging in, and keeping an account safe',
  Videos: 'Uploading videos, and what becomes of them',
  Uploads: 'Resumable uploads (tus 1.0), direct ones, and those that need no transfer',
  Frames: 'Archives and single frames',
  Events: 'What happens, as it happens',
  Notifications: 'What people are told, and how',
  Webhooks: 'Telling programs',
  System: 'Health and administration',
} as const;
type Tag = keyof typeof tags;

/** One route of the HTTP contract. The schemas are the types, the validation and the API document. */
export interface Endpoint {
  doc: Documentation;
  method: Method;
  /** A path with `:parameters`. */
  path: string;
  /** `session` is a person who has logged in: an API key does not do. */
  access: 'anyone' | 'person' | 'session' | 'admin';
  /** The schema of a JSON body. */
  body?: z.ZodType;
  query?: z.ZodType;
  /** The endpoint reads the body itself, as a stream. */
  streams?: boolean;
  /** Its JSON may have a MiB, not only 100 KB. */
  largeBody?: boolean;
  handle(request: PersonalRequest): Promise<Reply>;
}

type Parts<Body extends z.ZodType, Query extends z.ZodType> = Omit<
  Endpoint,
  'access' | 'body' | 'query' | 'handle'
> & { body?: Body; query?: Query };

/** An endpoint for everyone; its handler gets no caller. */
export function open<Body extends z.ZodType, Query extends z.ZodType>(
  endpoint: Parts<Body, Query> & {
    handle(request: ApiRequest<z.output<Body>, z.output<Query>>): Promise<Reply>;
  },
): Endpoint {
  return { ...endpoint, access: 'anyone' } as Endpoint;
}

/** An endpoint that needs an access token (or an API key); `access` says where it takes more than that. */
export function personal<Body extends z.ZodType, Query extends z.ZodType>(
  endpoint: Parts<Body, Query> & {
    access?: 'person' | 'session' | 'admin';
    handle(request: PersonalRequest<z.output<Body>, z.output<Query>>): Promise<Reply>;
  },
): Endpoint {
  return { access: 'person', ...endpoint };
}

/** What a path with `:id` names, as actions on a person's own things take it. */
export function own({ caller, params }: PersonalRequest): { personId: string; id: string } {
  return { personId: caller.personId, id: params.id ?? '' };
}
