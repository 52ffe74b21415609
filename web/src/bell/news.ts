import { computed, signal } from '@preact/signals';
import { callJson, getJson, withQuery } from '../api/client.ts';
import { isLoggedIn, onSessionEnd } from '../api/session.ts';

/** Something the person is told on the page. Times are ISO 8601. */
export interface News {
  id: string;
  kind: string;
  data: Record<string, unknown>;
  createdAt: string;
  readAt: string | null;
}

interface NewsPage {
  items: News[];
  nextCursor: string | null;
  unread: number;
}

interface Inbox extends NewsPage {
  /** The first page has arrived. */
  loaded: boolean;
}

const nothing: Inbox = { items: [], nextCursor: null, unread: 0, loaded: false };

/** What the person was told, the newest first, as far as it has been loaded. */
export const inbox = signal<Inbox>(nothing);
export const unreadCount = computed(() => inbox.value.unread);

onSessionEnd(() => (inbox.value = nothing));

/** Load the newest news anew. */
export async function loadNews(): Promise<void> {
  const page = await getJson<NewsPage>('/me/notifications');
  if (isLoggedIn.value) inbox.value = { ...page, loaded: true };
}

/** Load the page after what is there. */
export async function loadOlderNews(): Promise<void> {
  const { nextCursor } = inbox.value;
  const page = await getJson<NewsPage>(withQuery('/me/notifications', { cursor: nextCursor }));
  const known = new Set(inbox.value.items.map(({ id }) => id));
  const items = [...inbox.value.items, ...page.items.filter(({ id }) => !known.has(id))];
  inbox.value = { ...page, items, loaded: true };
}

/** Something new has arrived; the same one may arrive twice, and as read by another browser. */
export function takeNews(news: News): void {
  const { items, unread } = inbox.value;
  const before = items.find(({ id }) => id === news.id);
  const wasUnread = before !== undefined && before.readAt === null;
  const change = Number(news.readAt === null) - Number(wasUnread);
  inbox.value = {
    ...inbox.value,
    items: before ? items.map((it) => (it.id === news.id ? news : it)) : [news, ...items],
    unread: Math.max(0, unread + (before || news.readAt === null ? change : 0)),
  };
}

/** The person has seen all that is there. Shown at once: should it fail, it is unread again at the next load. */
export async function readAllNews(): Promise<void> {
  const now = new Date().toISOString();
  const { items } = inbox.value;
  inbox.value = { ...inbox.value, unread: 0, items: items.map((it) => ({ ...it, readAt: it.readAt ?? now })) };
  await callJson('POST', '/me/notifications/read', { upTo: items[0]?.id ?? null });
}
