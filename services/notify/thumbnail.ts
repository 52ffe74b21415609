import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import type { ArchiveLocation } from '../../lib/contracts.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { Thumbnail } from './enclosures.ts';

/** A contact sheet has about 100 tiles of 160 pixels; one that is larger than this is something else. */
const MAX_SHEET_BYTES = 4_000_000;
/** What a mail may grow by. */
const MAX_BYTES = 30_000;

/**
 * The first frame of an archive, small enough for a mail: the first tile of its contact sheet, so that neither the
 * archive nor its manifest is read.
 * @returns null when it would be too large
 * @throws ProblemError `not_found` when the sheet is gone
 */
export async function firstFrame(
  store: ObjectStore,
  { preview }: Pick<ArchiveLocation, 'preview'>,
): Promise<Thumbnail | null> {
  const { key, size, tileWidth: width, tileHeight: height } = preview;
  if (size > MAX_SHEET_BYTES) return null;
  const sheet = await buffer(await store.get(key));
  const image = await sharp(sheet)
    .extract({ left: 0, top: 0, width, height })
    .jpeg({ quality: 80 })
    .toBuffer();
  return image.length > MAX_BYTES ? null : { image, width, height };
}
