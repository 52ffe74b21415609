// What the server answers about an account. Times are ISO 8601.
import type { Locale } from '../i18n/index.ts';

export interface Me {
  id: string;
  email: string;
  name: string | null;
  locale: Locale;
  createdAt: string;
  emailVerified: boolean;
  secondFactor: boolean;
}

export interface SessionItem {
  id: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  userAgent: string | null;
  address: string | null;
  current: boolean;
}

export interface SecurityEventItem {
  id: string;
  kind: string;
  at: string;
  address: string | null;
  userAgent: string | null;
  details: Record<string, unknown>;
}

export interface ApiKey {
  id: string;
  name: string;
  scope: 'read' | 'write';
  prefix: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

interface Share {
  used: number;
  limit: number;
}

export interface Usage {
  storedBytes: Share;
  videosPerDay: Share & { resetsAt: string };
  concurrentUploads: Share;
  fileBytes: { limit: number };
}

interface Wish {
  enabled: boolean;
  locked: boolean;
}

export interface Preference {
  kind: string;
  channels: { email: Wish; inapp: Wish };
}

export interface MailState {
  address: string;
  suppressed: { reason: string; at: string } | null;
}

export interface SentNotice {
  id: string;
  kind: string;
  channel: string;
  status: string;
  createdAt: string;
  sentAt: string | null;
  lastError: string | null;
  tries: { at: string; outcome: string; detail: string | null; durationMs: number | null }[];
}

export interface Webhook {
  id: string;
  url: string;
  kinds: string[];
  enabled: boolean;
  disabledReason: 'person' | 'failing' | 'gone' | null;
  createdAt: string;
  lastDeliveryAt: string | null;
  failingSince: string | null;
}

export interface Delivery {
  id: string;
  kind: string;
  status: string;
  createdAt: string;
  deliveredAt: string | null;
  tries: {
    at: string;
    statusCode: number | null;
    response: string | null;
    error: string | null;
    durationMs: number | null;
  }[];
}
