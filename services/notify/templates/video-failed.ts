import { topics } from '../../../lib/contracts.ts';
import { failureSentence } from '../../../lib/failures.ts';
import { greeting, shown, template, text, videoPage } from './template.ts';

const words = {
  en: {
    subject: 'No frames from your video',
    failed: 'We could not extract the frames of your video.',
    file: 'File',
    next: 'On the page of the video you can try again, or you can upload another file.',
    open: 'Open the video',
    why: 'You receive this message because you uploaded a video to',
  },
  'pt-BR': {
    subject: 'Nenhum quadro do seu vídeo',
    failed: 'Não conseguimos extrair os quadros do seu vídeo.',
    file: 'Arquivo',
    next: 'Na página do vídeo você pode tentar novamente, ou pode enviar outro arquivo.',
    open: 'Abrir o vídeo',
    why: 'Você recebeu esta mensagem porque enviou um vídeo para',
  },
};

const { videoId } = topics['video.failed'].shape;

/** There will be no frames: why, and what the person can do. */
export const videoFailed = template(
  { videoId, filename: text, code: text },
  (payload, { reader, publicUrl }) => {
    const say = words[reader.locale];
    const filename = shown(payload.filename);
    return {
      subject: `${say.subject}: ${filename}`,
      parts: [
        { kind: 'paragraph', text: greeting(reader) },
        { kind: 'paragraph', text: say.failed },
        { kind: 'facts', facts: [[say.file, filename]] },
        { kind: 'paragraph', text: failureSentence(payload.code, reader.locale) },
        { kind: 'paragraph', text: say.next },
        { kind: 'link', label: say.open, url: videoPage(publicUrl, payload.videoId) },
        { kind: 'small', text: `${say.why} ${publicUrl}` },
      ],
    };
  },
);
