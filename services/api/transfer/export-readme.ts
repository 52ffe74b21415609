/** What stands in every export, for whoever opens it. */
export const readme = `Your data
=========

This archive holds everything that is stored about you.

*.json    Lists: account.json (your account), sessions.json (where you are logged in), api-keys.json,
          security-events.json (what happened to your account), videos.json (your videos with all
          extractions), files.json (the files below with their SHA-256), links.json (download links),
          uploads.json (uploads that are not finished), notifications.json, preferences.json and others.
files/    Your videos as you sent them, and the archives of their frames: one folder for each video.
missing.json   If it is there: files that were deleted while this archive was being made.

Passwords, keys and other secrets are not here: they are stored only in a form that nobody can read.


Seus dados
==========

Este arquivo contém tudo o que está guardado sobre você.

*.json    Listas: account.json (sua conta), sessions.json (onde você está conectado), api-keys.json
          (chaves de API), security-events.json (o que aconteceu com a sua conta), videos.json (seus vídeos
          com todas as extrações), files.json (os arquivos abaixo com o SHA-256 de cada um), links.json
          (links de download), uploads.json (envios não concluídos), notifications.json (notificações),
          preferences.json (preferências) e outras.
files/    Seus vídeos como você os enviou e os arquivos com os quadros: uma pasta para cada vídeo.
missing.json   Se existir: arquivos que foram excluídos enquanto este arquivo era montado.

Senhas, chaves e outros segredos não estão aqui: são guardados apenas de uma forma que ninguém consegue ler.
`;
