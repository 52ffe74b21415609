import { z } from 'zod';
import { topics } from '../../../lib/contracts.ts';
import { footnotes } from './footnotes.ts';
import type { Part } from './letter.ts';
import { greeting, moment, shown, template, text, videoPage, type Setting } from './template.ts';
import { oneLine, readableSize } from './words.ts';

const words = {
  en: {
    subject: 'Your frames are ready',
    ready: 'The frames of your video are ready to download.',
    file: 'File',
    frames: 'Frames',
    archive: 'Archive (ZIP)',
    warnings: 'Please note:',
    picture: 'A frame of your video',
    download: 'Download the frames',
    until:
      'This download needs no login, so pass it on only to people who may have the frames. It works until',
    open: 'Open the video’s page',
    go: 'Go to the download',
  },
  'pt-BR': {
    subject: 'Seus quadros estão prontos',
    ready: 'Os quadros do seu vídeo estão prontos para baixar.',
    file: 'Arquivo',
    frames: 'Quadros',
    archive: 'Pacote (ZIP)',
    warnings: 'Observações:',
    picture: 'Um quadro do seu vídeo',
    download: 'Baixar os quadros',
    until:
      'Este download não pede login; por isso, só o repasse a quem pode ter os quadros. Ele funciona até',
    open: 'Abrir a página do vídeo',
    go: 'Ir para o download',
  },
};

const { videoId, frameCount, archiveSize } = topics['video.processed'].shape;

/** The frames are ready: where they are, how many, how large. */
export const videoProcessed = template(
  { videoId, filename: text, frameCount, archiveSize, warnings: z.array(text) },
  (payload, setting) => {
    const { reader } = setting;
    const say = words[reader.locale];
    const filename = shown(payload.filename);
    const frames = payload.frameCount.toLocaleString(reader.locale);
    const size = readableSize(payload.archiveSize, reader.locale);
    return {
      subject: `${say.subject}: ${filename}`,
      preview: `${say.frames}: ${frames} · ${say.archive}: ${size}`,
      parts: [
        { kind: 'paragraph', text: greeting(reader) },
        { kind: 'paragraph', text: say.ready },
        ...picture(setting),
        {
          kind: 'facts',
          facts: [
            [say.file, filename],
            [say.frames, frames],
            [say.archive, size],
          ],
        },
        ...notes(payload.warnings, say.warnings),
        ...ways(payload.videoId, setting),
      ],
      footnotes: footnotes('video', setting),
    };
  },
);

const picture = ({ reader, thumbnail }: Setting): Part[] =>
  thumbnail ? [{ kind: 'picture', alt: words[reader.locale].picture, ...thumbnail }] : [];

const notes = (warnings: string[], title: string): Part[] =>
  warnings.length > 0
    ? [{ kind: 'list', title, items: warnings.map((warning) => oneLine(warning, 300)) }]
    : [];

/** To the archive itself while that can be had without a login, and to the page, which stays. */
function ways(id: string, { reader, publicUrl, download }: Setting): Part[] {
  const say = words[reader.locale];
  const url = videoPage(publicUrl, id);
  if (!download) return [{ kind: 'button', label: say.go, url }];
  return [
    { kind: 'button', label: say.download, url: download.url },
    { kind: 'paragraph', text: `${say.until} ${moment(download.expiresAt, reader.locale)}.` },
    { kind: 'link', label: say.open, url },
  ];
}
