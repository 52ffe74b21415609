import { z } from 'zod';
import { topics } from '../../../lib/contracts.ts';
import type { Part } from './letter.ts';
import { greeting, shown, template, text, videoPage } from './template.ts';
import { oneLine, readableSize } from './words.ts';

const words = {
  en: {
    subject: 'Your frames are ready',
    ready: 'The frames of your video are ready to download.',
    file: 'File',
    frames: 'Frames',
    archive: 'Archive (ZIP)',
    warnings: 'Please note:',
    open: 'Go to the download',
    why: 'You receive this message because you uploaded a video to',
  },
  'pt-BR': {
    subject: 'Seus quadros estão prontos',
    ready: 'Os quadros do seu vídeo estão prontos para baixar.',
    file: 'Arquivo',
    frames: 'Quadros',
    archive: 'Pacote (ZIP)',
    warnings: 'Observações:',
    open: 'Ir para o download',
    why: 'Você recebeu esta mensagem porque enviou um vídeo para',
  },
};

const { videoId, frameCount, archiveSize } = topics['video.processed'].shape;

/** The frames are ready: where they are, how many, how large. */
export const videoProcessed = template(
  { videoId, filename: text, frameCount, archiveSize, warnings: z.array(text) },
  (payload, { reader, publicUrl }) => {
    const say = words[reader.locale];
    const filename = shown(payload.filename);
    const warnings: Part[] =
      payload.warnings.length > 0
        ? [
            {
              kind: 'list',
              title: say.warnings,
              items: payload.warnings.map((warning) => oneLine(warning, 300)),
            },
          ]
        : [];
    return {
      subject: `${say.subject}: ${filename}`,
      parts: [
        { kind: 'paragraph', text: greeting(reader) },
        { kind: 'paragraph', text: say.ready },
        {
          kind: 'facts',
          facts: [
            [say.file, filename],
            [say.frames, payload.frameCount.toLocaleString(reader.locale)],
            [say.archive, readableSize(payload.archiveSize, reader.locale)],
          ],
        },
        ...warnings,
        { kind: 'link', label: say.open, url: videoPage(publicUrl, payload.videoId) },
        { kind: 'small', text: `${say.why} ${publicUrl}` },
      ],
    };
  },
);
