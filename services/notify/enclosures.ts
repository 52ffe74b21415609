import type { DownloadLink } from '../../lib/contracts.ts';
import { problemCode } from '../../lib/errors.ts';
import { digestOfSecret, newLinkSecret } from '../../lib/link-secret.ts';
import type { InlineFile } from '../../lib/mail/mailer.ts';
import { isAlwaysMailed } from '../../lib/notices.ts';
import type { Notification } from './models.ts';
import type { Enclosures } from './templates/template.ts';

/** A picture of a video, for a mail. */
export interface Thumbnail {
  /** JPEG. */
  image: Buffer;
  width: number;
  height: number;
}

interface Archive {
  personId: string;
  /** The video's. */
  id: string;
  extractionId: string;
}

/** What letters are given beside what their notification holds. */
export interface EnclosureNeeds {
  publicUrl: string;
  /** `auth.letterToken`; @throws a problem `not_found` or `expired` when the letter is pointless by now */
  letterToken: (tokenId: string) => Promise<{ token: string; expiresAt: string }>;
  /** `video.createLink`; @throws a problem */
  createLink: (link: Archive & { secretSha256: string; expiresSeconds: number }) => Promise<DownloadLink>;
  /** @returns null when there is none; @throws when it can't be had now */
  thumbnail: (archive: Archive) => Promise<Thumbnail | null>;
  /** The token that switches a kind of mail off for a person. */
  unsubscribeToken: (person: { personId: string; kind: string }) => Promise<string>;
}

/** What one sending of a letter has of its own: for its text, and for its mail. */
export interface Enclosed extends Enclosures {
  inline: InlineFile[];
}

/** Why a letter is not to be sent any more. */
export interface Pointless {
  pointless: string;
}

const LINK_SECONDS = 24 * 3600;
/** How often a mail waits for a service that is away, until it goes without what that service would have given. */
const PATIENT_ATTEMPTS = 3;

/**
 * Make what a letter is sent with. Nothing of it is kept: another attempt makes it anew, so neither the database nor
 * the broker ever holds a secret.
 * @throws when a service is away and the letter had better wait
 */
export async function enclose(
  needs: EnclosureNeeds,
  notification: Notification,
): Promise<Enclosed | Pointless> {
  const { kind, personId, payload } = notification;
  if (kind === 'account.verify' || kind === 'account.reset') {
    const { tokenId } = payload as { tokenId: string };
    return proof(needs, tokenId);
  }
  const unsubscribeUrl =
    personId !== null && kind !== 'message' && kind !== 'webhook.test' && !isAlwaysMailed(kind)
      ? `${needs.publicUrl}/unsubscribe/${await needs.unsubscribeToken({ personId, kind })}`
      : undefined;
  const isReady = kind === 'video.processed' || kind === 'video.processed_with_warnings';
  const archive = isReady ? await archiveParts(needs, notification) : { inline: [] };
  return { ...archive, unsubscribeUrl };
}

async function proof({ letterToken }: EnclosureNeeds, tokenId: string): Promise<Enclosed | Pointless> {
  try {
    const { token, expiresAt } = await letterToken(tokenId);
    return { token: { token, expiresAt: new Date(expiresAt) }, inline: [] };
  } catch (error) {
    const code = problemCode(error);
    if (code === 'not_found') return { pointless: 'Its link has been used or withdrawn' };
    if (code === 'expired') return { pointless: 'Its link has expired' };
    throw error;
  }
}

async function archiveParts(needs: EnclosureNeeds, notification: Notification): Promise<Enclosed> {
  const { personId, payload } = notification;
  const { videoId: id, extractionId } = payload as { videoId: string; extractionId?: string };
  if (personId === null || extractionId === undefined) return { inline: [] };
  const archive = { personId, id, extractionId };
  const download = await unlessAway(notification, () => linkTo(needs, archive));
  if (!download) return { inline: [] };
  // A picture is worth no second attempt.
  const picture = await needs.thumbnail(archive).catch(() => null);
  if (!picture) return { download, inline: [] };
  const { image, width, height } = picture;
  const cid = `frame-${notification.id}@frames`;
  return {
    download,
    thumbnail: { cid, width, height },
    inline: [{ cid, filename: 'frame.jpg', contentType: 'image/jpeg', content: image }],
  };
}

async function linkTo({ createLink, publicUrl }: EnclosureNeeds, archive: Archive) {
  const secret = newLinkSecret();
  const secretSha256 = digestOfSecret(secret) ?? '';
  const { expiresAt } = await createLink({ ...archive, secretSha256, expiresSeconds: LINK_SECONDS });
  return { url: `${publicUrl}/links/${secret}`, expiresAt: new Date(expiresAt) };
}

/** What is gone by now is left out; what may be there again soon is waited for, but not for ever. */
async function unlessAway<T>({ attempts }: Notification, get: () => Promise<T>): Promise<T | null> {
  try {
    return await get();
  } catch (error) {
    const code = problemCode(error);
    const isGone = code !== undefined && code !== 'unavailable' && code !== 'internal_error';
    if (isGone || attempts > PATIENT_ATTEMPTS) return null;
    throw error;
  }
}
