import type { ExtractionJson, VideoJson } from '../../lib/contracts.ts';
import { failureSentence } from '../../lib/failures.ts';
import type { Extraction, Video } from './models.ts';
import type { Outlook } from './outlook.ts';

/** What a view needs beside the rows. */
export interface ViewSource {
  /** Where people reach the system, without a slash at the end. */
  publicUrl: string;
  outlooks: () => Promise<Map<string, Outlook>>;
}

interface ViewContext {
  publicUrl: string;
  outlooks: Map<string, Outlook>;
}

/**
 * Show videos as the API does. The top level mirrors the newest extraction.
 * @param videos rows with their extractions, newest first
 */
export async function showVideos(videos: Video[], { publicUrl, outlooks }: ViewSource): Promise<VideoJson[]> {
  const unfinished = videos.some((video) => video.extractions?.some(isUnfinished));
  const context = { publicUrl, outlooks: unfinished ? await outlooks() : new Map<string, Outlook>() };
  return videos.map((video) => showVideo(video, context));
}

const noOutlook: Outlook = { queuePosition: null, etaSeconds: null };

const isUnfinished = ({ status }: Extraction) => status === 'queued' || status === 'processing';

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
    sourceExpiresAt: video.sourceRemovedAt ? null : (video.sourceExpiresAt?.toISOString() ?? null),
    sourceRemovedAt: video.sourceRemovedAt?.toISOString() ?? null,
    extractions,
  };
}

function showExtraction(extraction: Extraction, { publicUrl, outlooks }: ViewContext): ExtractionJson {
  const { id, status, progress, recipe, frameCount, warnings, errorCode } = extraction;
  const outlook = (isUnfinished(extraction) ? outlooks.get(id) : undefined) ?? noOutlook;
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
    ...outlook,
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
