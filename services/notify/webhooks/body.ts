import { failures } from '../../../lib/failures.ts';
import type { Claimed } from './claim.ts';

/**
 * What a webhook is sent, the same at each attempt; docs/webhooks.md describes it.
 * @param publicUrl where the API is, without a slash at the end
 */
export function bodyOf(
  { kind, payload, createdAt }: Pick<Claimed, 'kind' | 'payload' | 'createdAt'>,
  publicUrl: string,
) {
  const more = { ...linksOf(payload, publicUrl), ...sentenceOf(payload) };
  return JSON.stringify({ type: kind, timestamp: createdAt.toISOString(), data: { ...payload, ...more } });
}

function linksOf(payload: object, publicUrl: string) {
  if (!('videoId' in payload && 'extractionId' in payload)) return {};
  const url = `${publicUrl}/video/${String(payload.videoId)}`;
  const download = { downloadUrl: `${url}/download?extraction=${String(payload.extractionId)}` };
  return { url, ...('frameCount' in payload ? download : {}) };
}

function sentenceOf(payload: object) {
  const code = 'code' in payload ? String(payload.code) : '';
  return Object.hasOwn(failures, code) ? { message: failures[code as keyof typeof failures].en } : {};
}
