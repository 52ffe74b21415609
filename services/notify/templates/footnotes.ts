import type { Footnote } from './letter.ts';
import type { Setting } from './template.ts';

const words = {
  en: {
    video: 'You receive this message because you uploaded a video to',
    quota: 'You receive this message because you have an account at',
    security: 'You always receive messages about the safety of your account at',
    account: 'You receive this message because somebody gave this address at',
    choose: 'Choose which messages you receive',
    unsubscribe: 'No more e-mails of this kind',
  },
  'pt-BR': {
    video: 'Você recebeu esta mensagem porque enviou um vídeo para',
    quota: 'Você recebeu esta mensagem porque tem uma conta em',
    security: 'Você sempre recebe as mensagens sobre a segurança da sua conta em',
    account: 'Você recebeu esta mensagem porque alguém informou este endereço em',
    choose: 'Escolher quais mensagens receber',
    unsubscribe: 'Não receber mais e-mails deste tipo',
  },
};

/** Why somebody gets a letter, and how to get no more of its kind where that can be had. */
export function footnotes(
  why: 'video' | 'quota' | 'security' | 'account',
  { reader, publicUrl, unsubscribeUrl }: Setting,
): Footnote[] {
  const say = words[reader.locale];
  return [
    { text: `${say[why]} ${publicUrl}` },
    ...(why === 'account' ? [] : [{ text: say.choose, url: `${publicUrl}/#/account/notifications` }]),
    ...(unsubscribeUrl ? [{ text: say.unsubscribe, url: unsubscribeUrl }] : []),
  ];
}
