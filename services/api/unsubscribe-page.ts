import type { ServerResponse } from 'node:http';
import type { Locale } from '../../lib/contracts.ts';
import { escapeHtml as escape } from '../../lib/html.ts';
import type { NoticeKind } from '../../lib/notices.ts';
import type { Reply } from './endpoint.ts';

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
  const html = page(
    locale,
    say.title,
    `<p><strong>${escape(about)}</strong></p>
<p role="status">${escape(done ? say.done : say.ask)}</p>
${done ? `<p><a href="/#/account/notifications">${escape(say.choose)}</a></p>` : `<form method="post"><button type="submit">${escape(say.button)}</button></form>`}`,
  );
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
    'Cache-Control': 'no-store',
    'X-Robots-Tag': 'noindex',
  });
  res.end(html);
  return 'sent';
}

const page = (locale: Locale, title: string, main: string) => `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/plain.css">
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${main}
</main>
</body>
</html>
`;
