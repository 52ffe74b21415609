import { signal } from '@preact/signals';
import { dataOf } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import type { Status, Video } from '../api/schemas.ts';
import { onSessionEnd } from '../api/session.ts';
import { onLive } from '../live/live.ts';
import { onUploaded } from '../uploads/queue.ts';

/** Which videos are looked for. */
export interface Wish {
  status: Status | null;
  q: string;
}

/** The videos as far as they are loaded, newest first. */
interface Listing {
  items: Video[];
  nextCursor: string | null;
  state: 'loading' | 'ready' | 'failed';
  problem: unknown;
}

const PAGE_SIZE = 24;
const nothing: Listing = { items: [], nextCursor: null, state: 'loading', problem: null };

export const wish = signal<Wish>({ status: null, q: '' });
export const listing = signal<Listing>(nothing);

/** Answers to an earlier wish are not shown to a later one. */
let visit = new AbortController();
/** What the listing holds the answer to. */
let answered: Wish | null = null;
/** How far down the list was left. */
let leftAt = 0;

const pageAt = (cursor: string | null, signal: AbortSignal) => {
  const { status, q } = wish.value;
  const query = { limit: PAGE_SIZE, ...given({ cursor, status, q: q.trim() }) };
  return dataOf(asPerson.GET('/video', { params: { query }, signal }));
};

/** Load what is wished for, or bring up to date what is there of it already: who comes back finds the list as it was. */
export async function showListing(): Promise<void> {
  if (answered !== wish.value || listing.value.state !== 'ready') return loadListing();
  await refreshListing().catch(() => undefined);
}

/** Remember how far down the list somebody is. */
export function keepListingPlace(): void {
  leftAt = scrollY;
}

/** How far down somebody was who comes back to the list. */
export const listingPlace = (): number => (answered === wish.value ? leftAt : 0);

/** Load the first page of what is wished for. */
export async function loadListing(): Promise<void> {
  visit.abort();
  visit = new AbortController();
  const { signal } = visit;
  const asked = wish.value;
  listing.value = { ...listing.value, state: 'loading', problem: null };
  try {
    const page = await pageAt(null, signal);
    if (signal.aborted) return;
    listing.value = { ...page, state: 'ready', problem: null };
    answered = asked;
  } catch (problem) {
    if (!signal.aborted) listing.value = { ...listing.value, state: 'failed', problem };
  }
}

/** Load the next page, if there is one and none is on its way. */
export async function loadMore(): Promise<void> {
  const { nextCursor, state } = listing.value;
  if (nextCursor === null || state === 'loading') return;
  const { signal } = visit;
  listing.value = { ...listing.value, state: 'loading', problem: null };
  try {
    const page = await pageAt(nextCursor, signal);
    if (signal.aborted) return;
    const known = new Set(listing.value.items.map(({ id }) => id));
    const items = [...listing.value.items, ...page.items.filter(({ id }) => !known.has(id))];
    listing.value = { items, nextCursor: page.nextCursor, state: 'ready', problem: null };
  } catch (problem) {
    if (!signal.aborted) listing.value = { ...listing.value, state: 'failed', problem };
  }
}

/** Ask for the newest page again, and take over what has changed. */
export async function refreshListing(): Promise<void> {
  const { signal } = visit;
  const page = await pageAt(null, signal);
  if (!signal.aborted) for (const video of page.items.toReversed()) takeVideo(video);
}

/** Take over what has become of a video. */
export function takeVideo(video: Video): void {
  const { items } = listing.value;
  const isShown = items.some(({ id }) => id === video.id);
  if (!fits(video)) {
    if (isShown) dropVideo(video.id);
    return;
  }
  const changed = isShown
    ? items.map((it) => (it.id === video.id ? video : it))
    : insert(items, video, listing.value.nextCursor === null);
  listing.value = { ...listing.value, items: changed };
}

/** A video that is new here, at its place by age; one that is older than what is loaded comes with its page. */
function insert(items: Video[], video: Video, isWhole: boolean): Video[] {
  const place = items.findIndex(({ createdAt }) => createdAt < video.createdAt);
  if (place < 0) return isWhole ? [...items, video] : items;
  return items.toSpliced(place, 0, video);
}

const fits = ({ status, filename }: Video) =>
  (wish.value.status === null || wish.value.status === status) &&
  filename.toLowerCase().includes(wish.value.q.trim().toLowerCase());

/** Show a video no longer. */
export function dropVideo(id: string): void {
  listing.value = { ...listing.value, items: listing.value.items.filter((it) => it.id !== id) };
}

onLive('video', takeVideo);
onLive('video_removed', ({ id }) => dropVideo(id));
onLive('reset', () => void loadListing());
onUploaded(takeVideo);
onSessionEnd(() => {
  visit.abort();
  listing.value = nothing;
  answered = null;
  leftAt = 0;
  wish.value = { status: null, q: '' };
});
