import { computed, signal } from '@preact/signals';
import { dataOf, type Answer } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import type { Notification } from '../api/schemas.ts';
import { isLoggedIn, onSessionEnd } from '../api/session.ts';
import { onLive } from '../live/live.ts';

type NewsPage = Answer<'get', '/me/notifications'>;

interface Inbox extends NewsPage {
  /** The first page has arrived. */
  loaded: boolean;
}

const nothing: Inbox = { items: [], nextCursor: null, unread: 0, loaded: false };

/** What the person was told, the newest first, as far as it has been loaded. */
export const inbox = signal<Inbox>(nothing);
export const unreadCount = computed(() => inbox.value.unread);

onSessionEnd(() => (inbox.value = nothing));

const pageAt = (cursor: string | null): Promise<NewsPage> =>
  dataOf(asPerson.GET('/me/notifications', { params: { query: given({ cursor }) } }));

/** Load the newest news anew. */
export async function loadNews(): Promise<void> {
  const page = await pageAt(null);
  if (isLoggedIn.value) inbox.value = { ...page, loaded: true };
}

/** Load the page after what is there. */
export async function loadOlderNews(): Promise<void> {
  const { nextCursor } = inbox.value;
  const page = await pageAt(nextCursor);
  const known = new Set(inbox.value.items.map(({ id }) => id));
  const items = [...inbox.value.items, ...page.items.filter(({ id }) => !known.has(id))];
  inbox.value = { ...page, items, loaded: true };
}

/** Something new has arrived, or was read in another browser; the same may arrive twice. */
function takeNews(news: Notification): void {
  const { items, unread, loaded } = inbox.value;
  // What is on its way will hold it.
  if (!loaded) return;
  const before = items.find(({ id }) => id === news.id);
  const isUnread = news.readAt === null;
  // One that is not shown is new, or an older one that somebody has read.
  const wasUnread = before ? before.readAt === null : !isUnread;
  inbox.value = {
    ...inbox.value,
    items: before ? items.map((it) => (it === before ? news : it)) : isUnread ? [news, ...items] : items,
    unread: Math.max(0, unread + Number(isUnread) - Number(wasUnread)),
  };
}

/** Keep the news as they are, for as long as this page is shown. */
export function followNews(): () => void {
  const load = () => void loadNews().catch(() => undefined);
  load();
  const ends = [onLive('notification', takeNews), onLive('reset', load)];
  return () => {
    for (const end of ends) end();
  };
}

/** The person has seen all that is there. Shown at once: should it fail, it is unread again at the next load. */
export async function readAllNews(): Promise<void> {
  const now = new Date().toISOString();
  const { items } = inbox.value;
  inbox.value = {
    ...inbox.value,
    unread: 0,
    items: items.map((it) => ({ ...it, readAt: it.readAt ?? now })),
  };
  await asPerson.POST('/me/notifications/read', { body: { upTo: items[0]?.id ?? null } });
}
