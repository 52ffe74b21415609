import type { NoticeKind } from '../../../lib/notices.ts';
import { dictionary } from '../i18n/dictionary.ts';
import type { Text } from '../i18n/fill.ts';

const en = {
  'video.processed': 'Frames are ready',
  'video.processed_with_warnings': 'Frames are ready, with a warning',
  'video.failed': 'A video failed',
  'quota.nearly_used': 'A quota is nearly used up',
  'security.new_login': 'Login from somewhere new',
  'security.password_changed': 'Password changed',
  'security.password_reset': 'Password set anew',
  'security.sessions_ended': 'Sessions ended',
  'security.second_factor_enabled': 'Second step switched on',
  'security.second_factor_disabled': 'Second step switched off',
  'security.recovery_code_used': 'Recovery code used',
  'security.api_key_created': 'API key made',
  'security.webhook_disabled': 'Webhook switched off',
  'account.verify': 'Confirmation of your address',
  'account.reset': 'Link for a new password',
  'account.deleted': 'End of your account',
  'webhook.test': 'Test',

  saysProcessed: {
    one: '“{filename}”: one frame is ready.',
    other: '“{filename}”: {count} frames are ready.',
  },
  saysWarned: {
    one: '“{filename}”: one frame is ready, but something was odd.',
    other: '“{filename}”: {count} frames are ready, but something was odd.',
  },
  saysFailed: '“{filename}” gave no frames. {reason}',
  saysStored: 'Your storage is nearly full: {used} of {limit}.',
  saysVideos: 'You have used {used} of the {limit} videos you may add today.',
  saysLogin: 'Somebody logged in from a browser that we don’t know. Not you? End the session.',
  saysPasswordChanged: 'Your password was changed.',
  saysPasswordReset: 'Your password was set anew by a mailed link.',
  saysSessionsEnded: 'Sessions of yours were ended.',
  saysFactorOn: 'The second step at login is on.',
  saysFactorOff: 'The second step at login is off.',
  saysRecovery: 'A recovery code was used to log in.',
  saysKey: 'The API key “{name}” was made.',
  saysHook: 'The webhook {name} was switched off, because it did not answer for too long.',

  inbox: 'News',
  noNews: 'No news',
  noNewsMore: 'When frames are ready or something needs you, it stands here.',
  readAll: 'Mark all as read',
  unread: 'new',
  older: 'Show older ones',
  settings: 'Choose what you hear of',
} satisfies Record<string, Text> & Record<NoticeKind, Text>;

const ptBR: Record<keyof typeof en, Text> = {
  'video.processed': 'Quadros prontos',
  'video.processed_with_warnings': 'Quadros prontos, com um aviso',
  'video.failed': 'Um vídeo falhou',
  'quota.nearly_used': 'Uma cota está quase no fim',
  'security.new_login': 'Entrada de um lugar novo',
  'security.password_changed': 'Senha mudada',
  'security.password_reset': 'Senha redefinida',
  'security.sessions_ended': 'Sessões encerradas',
  'security.second_factor_enabled': 'Segunda etapa ligada',
  'security.second_factor_disabled': 'Segunda etapa desligada',
  'security.recovery_code_used': 'Código de recuperação usado',
  'security.api_key_created': 'Chave da API criada',
  'security.webhook_disabled': 'Webhook desligado',
  'account.verify': 'Confirmação do seu endereço',
  'account.reset': 'Link para uma nova senha',
  'account.deleted': 'Fim da sua conta',
  'webhook.test': 'Teste',

  saysProcessed: {
    one: '“{filename}”: um quadro está pronto.',
    other: '“{filename}”: {count} quadros estão prontos.',
  },
  saysWarned: {
    one: '“{filename}”: um quadro está pronto, mas algo foi estranho.',
    other: '“{filename}”: {count} quadros estão prontos, mas algo foi estranho.',
  },
  saysFailed: '“{filename}” não deu quadros. {reason}',
  saysStored: 'Seu espaço está quase cheio: {used} de {limit}.',
  saysVideos: 'Você já usou {used} dos {limit} vídeos que pode adicionar hoje.',
  saysLogin: 'Alguém entrou de um navegador que não conhecemos. Não foi você? Encerre a sessão.',
  saysPasswordChanged: 'Sua senha foi mudada.',
  saysPasswordReset: 'Sua senha foi redefinida por um link enviado.',
  saysSessionsEnded: 'Sessões suas foram encerradas.',
  saysFactorOn: 'A segunda etapa do acesso está ligada.',
  saysFactorOff: 'A segunda etapa do acesso está desligada.',
  saysRecovery: 'Um código de recuperação foi usado para entrar.',
  saysKey: 'A chave da API “{name}” foi criada.',
  saysHook: 'O webhook {name} foi desligado porque não respondeu por tempo demais.',

  inbox: 'Novidades',
  noNews: 'Nenhuma novidade',
  noNewsMore: 'Quando os quadros ficarem prontos ou algo precisar de você, aparece aqui.',
  readAll: 'Marcar como lidas',
  unread: 'novo',
  older: 'Mostrar mais antigas',
  settings: 'Escolher o que você quer saber',
};

export type NoticeTextKey = keyof typeof en;

/** A text about news in the language of now. */
export const n = dictionary<NoticeTextKey>(en, ptBR);

/** What a kind of notice is called; its own name when it is of a later version. */
export const kindName = (kind: string): string => (Object.hasOwn(en, kind) ? n(kind as NoticeTextKey) : kind);
