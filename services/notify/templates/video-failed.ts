import { topics } from '../../../lib/contracts.ts';
import { failureSentence } from '../../../lib/failures.ts';
import { footnotes } from './footnotes.ts';
import { greeting, shown, template, text, videoPage } from './template.ts';

const words = {
  en: {
    subject: 'No frames from your video',
    failed: 'We could not extract the frames of your video.',
    file: 'File',
    next: 'On the page of the video you can try again, or you can upload another file.',
    open: 'Open the video',
  },
  'pt-BR': {
    subject: 'Nenhum quadro do seu vídeo',
    failed: 'Não conseguimos extrair os quadros do seu vídeo.',
    file: 'Arquivo',
    next: 'Na página do vídeo você pode tentar novamente, ou pode enviar outro arquivo.',
    open: 'Abrir o vídeo',
  },
};

const { videoId } = topics['video.failed'].shape;

/** There will be no frames: why, and what the person can do. */
export const videoFailed = template({ videoId, filename: text, code: text }, (payload, setting) => {
  const { reader, publicUrl } = setting;
  const say = words[reader.locale];
  const filename = shown(payload.filename);
  const reason = failureSentence(payload.code, reader.locale);
  return {
    subject: `${say.subject}: ${filename}`,
    preview: reason,
    parts: [
      { kind: 'paragraph', text: greeting(reader) },
      { kind: 'paragraph', text: say.failed },
      { kind: 'facts', facts: [[say.file, filename]] },
      { kind: 'paragraph', text: reason },
      { kind: 'paragraph', text: say.next },
      { kind: 'button', label: say.open, url: videoPage(publicUrl, payload.videoId) },
    ],
    footnotes: footnotes('video', setting),
  };
});
