import { dictionary } from '../i18n/dictionary.ts';
import type { Text } from '../i18n/fill.ts';

const en = {
  title: 'Share the ZIP',
  intro:
    'Whoever has the link can download the ZIP, without an account, until the link ends or you revoke it.',
  life: 'How long it works',
  until: 'Until {time}.',
  untilArchive: 'The ZIP is kept until {time}; the link ends with it.',
  make: 'Make a link',
  made: 'Your link is ready. Copy it now: it is shown this once.',
  newLink: 'The new link',
  links: 'Links that work',
  noLinks: 'Nobody can download this video by a link now.',
  othersToo: 'Your own downloads and our mails make links, too; those end within a day.',
  ends: 'Ends {when}',
  ended: 'Ended',
  created: 'Made {when}',
  revoke: 'Revoke',
  revokeOf: 'Revoke the link made {when}',
  revokeAsk: 'Revoke this link?',
  revokeMore: 'Nobody can download by it any more. What was downloaded already stays where it is.',
  revoked: 'The link is revoked.',
  tooMany: 'This video has as many links as a video may have. Revoke one, then make another.',
  archiveGone: 'The ZIP is no longer kept. Extract the frames again, then share them.',
} satisfies Record<string, Text>;

const ptBR: Record<keyof typeof en, Text> = {
  title: 'Compartilhar o ZIP',
  intro: 'Quem tiver o link pode baixar o ZIP, sem conta, até o link terminar ou você revogá-lo.',
  life: 'Por quanto tempo funciona',
  until: 'Até {time}.',
  untilArchive: 'O ZIP fica guardado até {time}; o link termina com ele.',
  make: 'Criar um link',
  made: 'Seu link está pronto. Copie agora: ele só aparece desta vez.',
  newLink: 'O novo link',
  links: 'Links que funcionam',
  noLinks: 'Ninguém pode baixar este vídeo por um link agora.',
  othersToo: 'Seus próprios downloads e nossos e-mails também criam links; esses terminam em até um dia.',
  ends: 'Termina {when}',
  ended: 'Terminou',
  created: 'Criado {when}',
  revoke: 'Revogar',
  revokeOf: 'Revogar o link criado {when}',
  revokeAsk: 'Revogar este link?',
  revokeMore: 'Ninguém mais poderá baixar por ele. O que já foi baixado continua onde está.',
  revoked: 'O link foi revogado.',
  tooMany: 'Este vídeo já tem o número máximo de links. Revogue um e crie outro.',
  archiveGone: 'O ZIP não está mais guardado. Extraia os quadros novamente e compartilhe-os depois.',
};

/** A text about sharing in the language of now. */
export const s = dictionary<keyof typeof en>(en, ptBR);
