skip-to-content = Ir al contenido
newsletters = Boletines
archive = Archivo
privacy-link = Qué hacemos con su dirección
language-of-page = Idioma de esta página

hours = { $n ->
    [one] { $n } hora
   *[other] { $n } horas
}
days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}
