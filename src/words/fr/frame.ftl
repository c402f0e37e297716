skip-to-content = Aller au contenu
newsletters = Lettres d’information
archive = Archives
privacy-link = Ce que nous faisons de votre adresse
language-of-page = Langue de cette page

minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
hours = { $n ->
    [one] { $n } heure
   *[other] { $n } heures
}
days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
}

error-not_found-title = Page introuvable
error-not_found = Il n’y a pas de page à cette adresse. Elle a peut-être été déplacée, ou le lien est incomplet.
error-method_not_allowed-title = Cela ne fonctionne pas ici
error-method_not_allowed = Cette adresse n’accepte pas ce genre de requête.
error-invalid_link-title = Ce lien ne fonctionne pas
error-invalid_link = Ce lien est incomplet ou ne vient pas de nous. Les logiciels de messagerie coupent parfois les longs liens : copiez l’adresse entière du message dans votre navigateur.
error-link_expired-title = Ce lien a expiré
error-link_expired = Ce lien de confirmation ne fonctionne plus : il a expiré, ou un message plus récent l’a remplacé. Si vous avez déjà confirmé, il n’y a rien de plus à faire. Sinon, inscrivez-vous encore une fois.
error-too_large-title = Trop volumineux
error-too_large = L’envoi dépasse ce que ce formulaire accepte.
error-media_type-title = Pas un formulaire
error-media_type = Ce formulaire accepte application/x-www-form-urlencoded.
error-cut_short-title = Interrompu
error-cut_short = La requête a été interrompue. Veuillez réessayer.
error-too_slow-title = Trop lent
error-too_slow = La requête a mis trop de temps à arriver. Veuillez réessayer.
error-refused-title = Cela n’a pas fonctionné
error-refused = La requête n’a pas pu être comprise.
error-prefetch-title = Pas encore
error-prefetch = Rien n’a été fait : la requête est partie avant un clic. Veuillez ouvrir le lien et appuyer sur le bouton.
error-rate_limited-title = Un peu de patience
error-rate_limited = { $n ->
    [one] Trop d’essais sont venus de votre réseau. Veuillez réessayer dans { $n } minute.
   *[other] Trop d’essais sont venus de votre réseau. Veuillez réessayer dans { $n } minutes.
}
error-internal-title = Une erreur s’est produite
error-internal = Une erreur s’est produite chez nous. Elle est notée ; veuillez réessayer dans un instant.
error-unavailable-title = De retour dans une minute
error-unavailable = Le service fait une courte pause. Veuillez réessayer dans une minute ; rien n’est perdu.
error-unknown_publication-title = Lettre introuvable
error-unknown_publication = Aucune lettre d’information ne porte ce nom ici. La page d’accueil les présente toutes.
error-unknown_edition-title = Édition introuvable
error-unknown_edition = Il n’y a pas d’édition à cette adresse. Les archives présentent toutes celles qui ont été envoyées.
request-number = Requête { $name }

link-to-the-front-page = Vers la page d’accueil
link-to-the-archive = Vers les archives
link-sign-up-again = S’inscrire à nouveau

error-nobody_kept-title = Plus rien n’est conservé ici
error-nobody_kept = Les choix derrière ce lien ont été effacés, ou leur délai est passé après votre départ. Aucun message ne vous parvient. Vous pouvez vous réinscrire quand vous voulez.
