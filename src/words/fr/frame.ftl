skip-to-content = Aller au contenu
newsletters = Lettres d’information
archive = Archives
privacy-link = Ce que nous faisons de votre adresse
language-of-page = Langue de cette page

hours = { $n ->
    [one] { $n } heure
   *[other] { $n } heures
}
days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
}
