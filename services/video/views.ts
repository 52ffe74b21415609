import { QueryTypes } from 'sequelize';
import type { ExtractionJson, VideoJson } from '../../lib/contracts.ts';
import { failureSentence } from '../../lib/failures.ts';
import type { Extraction, Video, VideoDatabase } from './models.ts';

/** What a view needs beside the row: where the system is reached, and the places in the queue. */
interface ViewContext {
  publicUrl: string;
  positions: Map<string, number>;
}

/**
 * Show videos as the API does. The top level mirrors the newest extraction.
 * @param videos rows with their extractions, newest first
 * @param publicUrl where people reach the system, without a slash at the end
 */
export async function showVideos(
  db: VideoDatabase,
  videos: Video[],
  publicUrl: string,
): Promise<VideoJson[]> {
  const queued = videos.some(({ extractions }) => extractions?.some(({ status }) => status === 'queued'));
  const positions = queued ? await queuePositions(db) : new Map<string, number>();
  return videos.map((video) => showVideo(video, { publicUrl, positions }));
}

function showVideo(video: Video, context: ViewContext): VideoJson {
  const extractions = (video.extractions ?? []).map((extraction) => showExtraction(extraction, context));
  const [newest] = extractions;
  if (!newest) throw new Error(`The video ${video.id} has no extraction`);
  return {
    ...newest,
    id: video.id,
    filename: video.filename,
    size: Number(video.size),
    contentType: video.contentType,
    sha256: video.sha256,
    media: video.media,
    createdAt: video.createdAt.toISOString(),
    extractions,
  };
}

function showExtraction(extraction: Extraction, { publicUrl, positions }: ViewContext): ExtractionJson {
  const { id, status, progress, recipe, frameCount, warnings, errorCode } = extraction;
  return {
    id,
    status,
    progress,
    recipe,
    frameCount,
    archive: showArchive(extraction, publicUrl),
    warnings,
    error: errorCode === null ? null : { code: errorCode, message: failureSentence(errorCode, 'en') },
    attempts: extraction.attempt,
    queuePosition: positions.get(id) ?? null,
    etaSeconds: null,
    createdAt: extraction.createdAt.toISOString(),
    startedAt: extraction.startedAt?.toISOString() ?? null,
    finishedAt: extraction.finishedAt?.toISOString() ?? null,
    expiresAt: extraction.expiresAt?.toISOString() ?? null,
  };
}

function showArchive(extraction: Extraction, publicUrl: string): ExtractionJson['archive'] {
  const { id, videoId, status, archiveSize, archiveSha256 } = extraction;
  if (status !== 'completed' || archiveSize === null || archiveSha256 === null) return null;
  const url = `${publicUrl}/video/${videoId}/download?extraction=${id}`;
  return { size: Number(archiveSize), sha256: archiveSha256, url };
}

/** The order in which extractions would be claimed if nothing else arrived; the first one has position 1. */
async function queuePositions({ sequelize }: VideoDatabase): Promise<Map<string, number>> {
  const rows = await sequelize.query<{ id: string; position: string }>(
    `SELECT e.id, row_number() OVER (ORDER BY
       (SELECT count(*) FROM extractions r WHERE r.person_id = e.person_id AND r.status = 'processing'), e.ordinal
     ) AS position FROM extractions e WHERE e.status = 'queued'`,
    { type: QueryTypes.SELECT },
  );
  return new Map(rows.map(({ id, position }) => [id, Number(position)]));
}
