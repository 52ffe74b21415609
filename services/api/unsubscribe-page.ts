import type { ServerResponse } from 'node:http';
import type { Locale } from '../../lib/contracts.ts';
import { escapeHtml as escape } from '../../lib/html.ts';
import type { NoticeKind } from '../../lib/notices.ts';
import type { Reply } from './endpoint.ts';
import { plainPage, plainPageHeaders } from './plain-page.ts';

const words = {
  en: {
    title: 'E-mail messages',
    ask: 'Do you want to receive no more e-mails of this kind?',
    button: 'No more of these e-mails',
    done: 'You will receive no more e-mails of this kind.',
    choose: 'Choose which messages you receive',
    kinds: {
      'video.processed': 'The frames of a video are ready',
      'video.processed_with_warnings': 'The frames of a video are ready, with warnings',
      'video.failed': 'No frames could be extracted from a video',
      'quota.nearly_used': 'A limit of your account is nearly reached',
    },
  },
  'pt-BR': {
    title: 'Mensagens por e-mail',
    ask: 'Não quer mais receber e-mails deste tipo?',
    button: 'Não receber mais',
    done: 'Você não receberá mais e-mails deste tipo.',
    choose: 'Escolher quais mensagens receber',
    kinds: {
      'video.processed': 'Os quadros de um vídeo estão prontos',
      'video.processed_with_warnings': 'Os quadros de um vídeo estão prontos, com observações',
      'video.failed': 'Não foi possível extrair quadros de um vídeo',
      'quota.nearly_used': 'Um limite da sua conta está quase atingido',
    },
  },
};

interface Shown {
  kind: NoticeKind;
  locale: Locale;
  /** It is switched off by now. */
  done: boolean;
}

/** Answer with the page behind the last link of a mail; it works without a script and without a login. */
export function unsubscribePage(res: ServerResponse, { kind, locale, done }: Shown): Reply {
  const say = words[locale];
  const about = (say.kinds as Partial<Record<NoticeKind, string>>)[kind] ?? kind;
  const html = plainPage(
    locale,
    say.title,
    `<p><strong>${escape(about)}</strong></p>
<p role="status">${escape(done ? say.done : say.ask)}</p>
${done ? `<p><a href="/#/account/notifications">${escape(say.choose)}</a></p>` : `<form method="post"><button type="submit">${escape(say.button)}</button></form>`}`,
  );
  res.writeHead(200, { ...plainPageHeaders, 'Content-Length': Buffer.byteLength(html) }).end(html);
  return 'sent';
}
