import { framePageSchema } from '../../../lib/replies.ts';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { ManifestFrame } from '../../../lib/archive-layout.ts';
import type { ArchiveLocation, LiveFrame, SharedFrame } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { personal, type Documentation, type Endpoint, type PersonalRequest } from '../endpoint.ts';
import { storyboard } from '../storyboard.ts';
import { createArchivedFrames, type Image } from '../transfer/archived-frames.ts';
import { matchesEtag } from '../transfer/etag.ts';
import { sendStream } from '../transfer/send-stream.ts';
import { createSmallFrames, SMALL_WIDTHS, type SmallWidth } from '../transfer/small-frames.ts';

const which = z.strictObject({ extraction: z.string().optional() });
type Which = z.output<typeof which>;

const inSize = which.extend({
  width: z
    .enum(SMALL_WIDTHS)
    .optional()
    .meta({ description: 'A JPEG at most so wide, in place of the frame' }),
});

const page = which.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** The index of the last frame of the page before. */
  cursor: z.coerce.number().int().min(0).default(0),
});

const IMAGE_TYPES = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' } as const;

const pictureDoc = (id: string, summary: string, types: string[]): Documentation => ({
  id,
  tag: 'Frames',
  summary,
  replies: { 200: { types, description: summary }, 304: null },
  headers: { 'If-None-Match': z.string().optional() },
  problems: ['not_found', 'not_ready', 'expired'],
});

/** The routes of single frames, and of the small pictures that come with them. */
export function frameEndpoints({ store }: { store: ObjectStore }): Endpoint[] {
  const frames = createArchivedFrames(store);
  const smallFrames = createSmallFrames();

  const list = personal({
    doc: {
      id: 'listFrames',
      tag: 'Frames',
      summary: 'List the frames, also while the extraction runs',
      replies: { 200: framePageSchema },
      problems: ['not_found', 'not_ready', 'expired'],
    },
    method: 'GET',
    path: '/video/:id/frames',
    query: page,
    handle: async (request) => {
      const { limit, cursor } = request.query;
      const archive = await archiveIfReady(request);
      const found = archive
        ? sliceOf(await frames.list(archive), request.query)
        : await finishedFrames(request);
      const items = found.items.map((frame) => ({
        ...frame,
        url: `/video/${request.params.id ?? ''}/frames/${frame.index}${query(request)}`,
      }));
      const nextCursor = cursor + limit < found.total ? cursor + limit : null;
      return { status: 200, body: { items, total: found.total, complete: archive !== null, nextCursor } };
    },
  });

  /** A frame, or the small copy of it that was asked for. */
  const sendFrame = async (request: SizedRequest, { format, name, load }: Original): Promise<void> => {
    const { width } = request.query;
    if (!width) {
      await sendImage(request, IMAGE_TYPES[format], await load());
      return;
    }
    const loadWhole = async () => buffer((await load()).content);
    const small = await smallFrames.get(name, width, loadWhole, () => !request.res.closed);
    if (small)
      await sendImage(request, IMAGE_TYPES.jpg, { size: small.length, content: Readable.from([small]) });
  };

  const sendArchived = (request: SizedRequest, archive: ArchiveLocation, index: number) => {
    const name = `${archive.sha256}-${index}`;
    const { width } = request.query;
    return sendOnce(request, width ? `${name}-${width}` : name, () =>
      sendFrame(request, { format: archive.format, name, load: () => frames.image(archive, index) }),
    );
  };

  const image = personal({
    doc: pictureDoc('getFrame', 'One frame', Object.values(IMAGE_TYPES)),
    method: 'GET',
    path: '/video/:id/frames/:index',
    query: inSize,
    handle: async (request) => {
      const index = frameIndex(request.params.index);
      const archive = await archiveIfReady(request);
      if (archive) return sendArchived(request, archive, index);
      const found = await request.call<SharedFrame>('video.frame', { ...wanted(request), index });
      const { format, key, offset } = found;
      const load = () => readShared(store, found);
      request.res.setHeader('Cache-Control', 'no-store');
      await sendFrame(request, { format, name: `${key} ${offset}`, load });
      return 'sent';
    },
  });

  const poster = personal({
    doc: pictureDoc('getPoster', 'The frame that stands for the video', Object.values(IMAGE_TYPES)),
    method: 'GET',
    path: '/video/:id/poster',
    query: inSize,
    handle: async (request) => {
      const archive = await archiveOf(request);
      return sendArchived(request, archive, archive.preview.poster);
    },
  });

  const contactSheet = personal({
    doc: pictureDoc('getContactSheet', 'Small pictures of many frames', ['image/jpeg']),
    method: 'GET',
    path: '/video/:id/contact-sheet',
    query: which,
    handle: async (request) => {
      const { sha256, preview } = await archiveOf(request);
      return sendOnce(request, `${sha256}-sheet`, async () => {
        const content = await store.get(preview.key);
        await sendImage(request, IMAGE_TYPES.jpg, { size: preview.size, content });
      });
    },
  });

  const vtt = personal({
    doc: pictureDoc('getStoryboard', 'What is where on the contact sheet, as WebVTT', ['text/vtt']),
    method: 'GET',
    path: '/video/:id/storyboard.vtt',
    query: which,
    handle: async (request) => {
      const { sha256, preview, durationSeconds } = await archiveOf(request);
      const write = () => {
        request.res.setHeader('Content-Type', 'text/vtt; charset=utf-8');
        request.res.end(storyboard(preview, durationSeconds, `contact-sheet${query(request)}`));
      };
      return sendOnce(request, `${sha256}-vtt`, write);
    },
  });

  return [list, image, poster, contactSheet, vtt];
}

type WhichRequest = PersonalRequest<unknown, Which>;
type SizedRequest = PersonalRequest<unknown, { width?: SmallWidth | undefined }>;

/** A frame in full. */
interface Original {
  format: ArchiveLocation['format'];
  /** Tells it from every other one. */
  name: string;
  load: () => Promise<Image>;
}

function wanted({ caller, params, query: { extraction } }: WhichRequest) {
  const own = { personId: caller.personId, id: params.id ?? '' };
  return extraction ? { ...own, extractionId: extraction } : own;
}

const archiveOf = (request: WhichRequest) => request.call<ArchiveLocation>('video.archive', wanted(request));

/** While the extraction runs there is no archive, but there may be frames. */
async function archiveIfReady(request: WhichRequest): Promise<ArchiveLocation | null> {
  return archiveOf(request).catch((error: unknown) => {
    if (problemCode(error) === 'not_ready') return null;
    throw error;
  });
}

interface FramePage {
  items: (LiveFrame & { index: number })[];
  total: number;
}

const sliceOf = (all: ManifestFrame[], { cursor, limit }: z.output<typeof page>): FramePage => ({
  items: all.slice(cursor, cursor + limit),
  total: all.length,
});

const finishedFrames = (request: PersonalRequest<unknown, z.output<typeof page>>) => {
  const { cursor, limit } = request.query;
  return request.call<FramePage>('video.frames', { ...wanted(request), cursor, limit });
};

/** A frame is told of just before it is stored. */
async function readShared(store: ObjectStore, { key, offset, size }: SharedFrame): Promise<Image> {
  try {
    return { size, content: await store.get(key, { start: offset, end: offset + size - 1 }) };
  } catch (error) {
    if (problemCode(error) === 'not_found') throw new ProblemError('not_ready');
    throw error;
  }
}

const sendImage = ({ res }: PersonalRequest, type: string, { size, content }: Image): Promise<void> =>
  sendStream(res, content, () => {
    res.setHeader('Content-Type', type);
    res.setHeader('Content-Length', size);
  });

const query = ({ query: { extraction } }: PersonalRequest<unknown, Which>) =>
  extraction ? `?${new URLSearchParams({ extraction }).toString()}` : '';

function frameIndex(text = ''): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new ProblemError('not_found');
  return Number(text);
}

/** What belongs to one archive never changes; a client that has it already gets 304. */
async function sendOnce({ req, res }: PersonalRequest, tag: string, write: () => unknown): Promise<'sent'> {
  const etag = `"${tag}"`;
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', 'private, no-cache');
  if (matchesEtag(req.headers['if-none-match'], etag)) res.writeHead(304).end();
  else await write();
  return 'sent';
}
