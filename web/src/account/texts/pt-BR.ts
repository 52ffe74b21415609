import type { Text } from '../../i18n/fill.ts';
import type { en } from './en.ts';
import { messageTexts } from './pt-BR-messages.ts';
import { securityTexts } from './pt-BR-security.ts';

type Rest = Exclude<keyof typeof en, keyof typeof securityTexts | keyof typeof messageTexts>;

const profileTexts: Record<Rest, Text> = {
  sections: 'Partes da sua conta',
  groupYou: 'Você',
  groupSecurity: 'Segurança',
  groupMessages: 'Avisos',
  groupGone: 'Seus dados',
  profile: 'Perfil',
  password: 'Senha',
  sessions: 'Sessões',
  secondFactor: 'Segunda etapa',
  keys: 'Chaves da API',
  usage: 'Uso',
  notifications: 'Notificações',
  webhooks: 'Webhooks',
  securityLog: 'Registro de segurança',
  export: 'Exportar',
  deletion: 'Excluir a conta',

  profileIntro: 'Como chamamos você e em que língua escrevemos.',
  nameHint: 'Aparece no começo dos nossos e-mails.',
  letterLanguage: 'Idioma dos nossos e-mails',
  letterLanguageHint: 'A página tem sua própria escolha, lá em cima.',
  emailAddress: 'Endereço de e-mail',
  verified: 'Confirmado',
  notVerified: 'Não confirmado',
  verifyHint:
    'Abra o link do e-mail que enviamos a este endereço. Sem isso, talvez você não consiga recuperar o acesso.',
  sendAgain: 'Enviar o e-mail de novo',
  sentAgain: 'Um novo e-mail está a caminho de {email}.',
  memberSince: 'Aqui desde {day}.',

  usageIntro: 'O que você já usou, do que pode usar.',
  storedBytes: 'Vídeos e arquivos guardados',
  videosPerDay: 'Vídeos de hoje',
  concurrentUploads: 'Envios ao mesmo tempo',
  fileBytes: 'Maior arquivo',
  usedOf: '{used} de {limit}',
  leftOf: '{left} livres',
  resetsAgo: 'A contagem recomeça {when}.',
  freeSpace: 'Excluir vídeos libera espaço na hora.',
  nearlyUsed: 'Quase no fim',
  usedUp: 'Esgotado',

  exportIntro:
    'Um ZIP com tudo o que guardamos sobre você: perfil, vídeos e seus quadros, sessões, registro e notificações.',
  exportVideos: 'Com muitos vídeos ele é grande, e o download demora.',
  prepareExport: 'Preparar a exportação',
  exportReady: 'Sua exportação está pronta',
  exportOnce: 'O link funciona uma vez, até {time}.',
  downloadExport: 'Baixar o ZIP',
  exportTaken: 'O download começou. Para outro, prepare uma nova exportação.',

  deletionIntro: 'Isto exclui na hora, e ninguém pode trazer de volta:',
  goesVideos: 'seus vídeos, os quadros e os links de download',
  goesUploads: 'envios em andamento',
  goesKeys: 'suas sessões, chaves da API e webhooks',
  goesNotices: 'suas notificações e seu registro',
  deletionAfter: 'Depois enviamos um último e-mail para {email}; então o endereço fica livre de novo.',
  exportFirst: 'Quer guardar alguma coisa? Exporte seus dados antes.',
  typeEmail: 'Digite seu e-mail para confirmar',
  notTheEmail: 'Este não é o seu e-mail.',
  deleteAccount: 'Excluir minha conta',
  deleteForGood: 'Excluir para sempre',
  reallyDelete: 'Excluir sua conta agora?',
  reallyDeleteMore: 'Esta é a última pergunta. O que for excluído não pode ser recuperado.',
  keepAccount: 'Manter minha conta',
  accountDeleted: 'Sua conta foi excluída. Um último e-mail confirma isso.',

  created: 'Criada {when}',
  never: 'nunca',
  secretOnce: 'Guarde agora: só aparece desta vez.',
  done: 'Pronto',
  keepIt: 'Manter',
  edit: 'Alterar',
  currentPassword: 'Sua senha atual',
  yourPassword: 'Sua senha',
  code: 'Código do seu aplicativo autenticador',
  codeHint: 'Seis dígitos, ou um dos seus códigos de recuperação.',
  unknownDevice: 'Navegador desconhecido',
  deviceOn: '{browser} em {system}',
};

export const ptBR: Record<keyof typeof en, Text> = { ...profileTexts, ...securityTexts, ...messageTexts };
