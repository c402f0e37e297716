skip-to-content = Ir al contenido
newsletters = Boletines
archive = Archivo
privacy-link = Qué hacemos con su dirección
language-of-page = Idioma de esta página

minutes = { $n ->
    [one] { $n } minuto
   *[other] { $n } minutos
}
hours = { $n ->
    [one] { $n } hora
   *[other] { $n } horas
}
days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}

error-not_found-title = Página no encontrada
error-not_found = No hay ninguna página en esta dirección. Puede que se haya movido o que el enlace esté incompleto.
error-method_not_allowed-title = Eso no funciona aquí
error-method_not_allowed = Esta dirección no admite ese tipo de solicitud.
error-invalid_link-title = Este enlace no funciona
error-invalid_link = Este enlace está incompleto o no es nuestro. Los programas de correo cortan a veces los enlaces largos: copie la dirección completa del mensaje en su navegador.
error-link_expired-title = Este enlace ha caducado
error-link_expired = Este enlace de confirmación ya no funciona: ha caducado o un mensaje más reciente lo ha sustituido. Si ya confirmó, no hay nada más que hacer. De lo contrario, suscríbase otra vez.
error-too_large-title = Demasiado grande
error-too_large = Lo enviado supera lo que admite este formulario.
error-media_type-title = No es un formulario
error-media_type = Este formulario admite application/x-www-form-urlencoded.
error-cut_short-title = Interrumpido
error-cut_short = La solicitud se interrumpió. Inténtelo de nuevo, por favor.
error-too_slow-title = Demasiado lento
error-too_slow = La solicitud tardó demasiado en llegar. Inténtelo de nuevo, por favor.
error-refused-title = No ha funcionado
error-refused = No se pudo entender la solicitud.
error-prefetch-title = Todavía no
error-prefetch = No se ha hecho nada: la solicitud se hizo antes de un clic. Abra el enlace y pulse el botón, por favor.
error-rate_limited-title = Espere un poco, por favor
error-rate_limited = { $n ->
    [one] Hubo demasiados intentos desde su red. Inténtelo de nuevo dentro de { $n } minuto.
   *[other] Hubo demasiados intentos desde su red. Inténtelo de nuevo dentro de { $n } minutos.
}
error-internal-title = Algo ha fallado
error-internal = Algo ha fallado por nuestra parte. Ha quedado anotado; inténtelo de nuevo dentro de un momento.
error-unavailable-title = Volvemos en un minuto
error-unavailable = El servicio hace una breve pausa. Inténtelo de nuevo dentro de un minuto; no se pierde nada.
error-unknown_publication-title = No existe ese boletín
error-unknown_publication = Aquí no hay ningún boletín con ese nombre. En la portada están todos.
error-unknown_edition-title = No existe esa edición
error-unknown_edition = No hay ninguna edición en esta dirección. En el archivo están todas las enviadas.
request-number = Solicitud { $name }

link-to-the-front-page = A la portada
link-to-the-archive = Al archivo
link-sign-up-again = Suscribirse de nuevo

error-nobody_kept-title = Aquí ya no se conserva nada
error-nobody_kept = Las preferencias tras este enlace se borraron, o su plazo terminó después de su baja. No le llega ningún correo. Puede volver a suscribirse cuando quiera.
