home-title = Las noticias del día, por correo
home-lead = Un mensaje cuando la redacción termina su jornada. Un clic y deja de llegar.
home-empty = Todavía no hay ningún boletín. Vuelva pronto.
choose-more = Elegir secciones y hora de entrega
past-editions = Ediciones anteriores
subscribe-to = Suscribirse a { $name }
latest-edition = Última edición

form-check = Revise el formulario, por favor
form-sections = Secciones
form-sections-hint = Marque algunas, o deje todas vacías para recibirlo todo.
form-when = Cuándo llega
form-when-hint = Puede dejarlo así y cambiarlo más tarde.
form-hour = Hora de entrega
form-at-once = En cuanto salga
form-zone = Su zona horaria
form-zone-newsroom = La de la redacción ({ $name })
form-breaking = Última hora
form-breaking-hint = Pocas veces, y al instante.
form-breaking-tick = Envíenme también las noticias de última hora
form-email = Su dirección de correo
form-subscribe = Suscribirse
form-trap = Deje vacío este campo

field-empty = Falta la dirección; escríbala como nombre@example.org.
field-too_long = La dirección tiene más de 254 caracteres.
field-local_part_too_long = La parte anterior a la @ tiene más de 64 caracteres.
field-no_at = Falta la @ en la dirección; escríbala como nombre@example.org.
field-domain = Después de la @ debe haber un dominio completo, como example.org.
field-local_part = La parte anterior a la @ contiene caracteres que el correo no puede llevar.
field-role = Este buzón pertenece a una función y no puede suscribirse; use una dirección personal.
field-unknown_publication = No hay ningún boletín con ese nombre.
field-unknown_section = Este boletín no tiene esa sección.
field-unknown_time_zone = Esa zona horaria no se conoce; elija una de la lista.
field-no_breaking = Este boletín no envía noticias de última hora.
field-hour = Elija una hora de la lista.
field-language = Ese código de idioma no se conoce.
field-press_again = Espere dos segundos y pulse el botón una vez más, por favor.
field-wait_and_press = Espere un cuarto de minuto y pulse el botón una vez más, por favor.

schedule-every-day = Todos los días a las { $time }
schedule-range = De { $from } a { $to } a las { $time }
schedule-days = { $days } a las { $time }
list-and = y
day-in-list = { $day ->
    [mon] los lunes
    [tue] los martes
    [wed] los miércoles
    [thu] los jueves
    [fri] los viernes
    [sat] los sábados
   *[sun] los domingos
}
day-from = { $day ->
    [mon] lunes
    [tue] martes
    [wed] miércoles
    [thu] jueves
    [fri] viernes
    [sat] sábado
   *[sun] domingo
}
day-to = { $day ->
    [mon] lunes
    [tue] martes
    [wed] miércoles
    [thu] jueves
    [fri] viernes
    [sat] sábado
   *[sun] domingo
}
day-alone = { $day ->
    [mon] los lunes
    [tue] los martes
    [wed] los miércoles
    [thu] los jueves
    [fri] los viernes
    [sat] los sábados
   *[sun] los domingos
}

check-mailbox = Mire su buzón
sent-kicker = Casi está
sent-title = Mire ahora su buzón
sent-lead = Un mensaje con un solo botón está en camino. Púlselo, y { $name } será suyo.
sent-address = Usted escribió
sent-steps = Qué viene ahora
sent-step-open = Abra el mensaje de { $name }. Debería llegar en uno o dos minutos.
sent-step-subject = Busque el asunto
sent-step-press = Pulse «{ $button }». El enlace funciona durante { $name }.
sent-step-rest = Eso es todo. Hasta entonces no le enviamos nada más, salvo un recordatorio como mucho.
sent-none = ¿No llega?
sent-spam = Mire en la carpeta de correo no deseado o de publicidad, y compruebe la dirección de arriba. Una dirección ya suscrita recibe en su lugar un enlace a sus preferencias; una que no quiere recibir mensajes nuestros no recibe ninguno.
sent-once-more = Podemos enviarlo de nuevo. A cada dirección va como mucho un mensaje en { $name }; pedirlo más a menudo no lo acelera.
sent-again = Enviar de nuevo
sent-noted = Pedido otra vez. Si el último mensaje es lo bastante antiguo, el siguiente está en camino.
sent-other = Usar otra dirección
typo-hint = ¿Quiso decir { $name }?
typo-yes = Sí, usar { $name }

confirm-title = Confirme su suscripción
confirm-kicker = Un último clic
confirm-page-lead = Pulse el botón, y { $name } llegará a su buzón.
confirm-also = También pidió esto. Marque lo que deba confirmar la misma pulsación.
confirm-stranger = ¿Otra persona escribió su dirección?
confirmed-kicker = Gracias
confirmed-title = Su suscripción está confirmada
confirmed-lead = { $name } le llegará con la próxima edición.
confirmed-choose = Elegir secciones y hora de entrega
confirmed-rest = Cada edición lleva un enlace a sus preferencias y otro para darse de baja. Añada nuestra dirección a sus contactos, y ninguna edición se perderá entre la publicidad.
not-me-thanks = Gracias por avisarnos
not-me-title = Su dirección no está en nuestra lista
not-me-lead = La suscripción queda olvidada y, durante los próximos 90 días, nadie podrá hacer que le enviemos una confirmación.
not-me-late-title = Esta dirección ya está suscrita
not-me-late-lead = La suscripción se confirmó antes. Para no recibir más mensajes, pulse «Darse de baja» al pie de cualquiera de ellos.

archive-of = Archivo de { $name }
archive-page = { $title }, página { $page }
archive-empty = Todavía no hay ningún boletín.
archive-latest = Última edición:
archive-none = Aún no hay ediciones.
archive-corrected = Corregida
archive-first = Aún no se ha enviado ninguna edición. La primera puede llegarle a usted.
archive-pages = Páginas del archivo
archive-newer = Más recientes
archive-older = Más antiguas
archive-place = Página { $page } de { $pages }
archive-all = Todas las ediciones de { $name }
archive-subscribe = Suscribirse
archive-earlier = Anterior
archive-later = Siguiente
feed-atom = Canal Atom
feed-json = Canal JSON

disown-title = ¿No fue usted?
disown-lead = Pulse el botón y la suscripción queda olvidada. Durante 90 días nadie podrá hacernos enviar una confirmación a esta dirección.
form-patience = Espere quince segundos antes de pulsar el botón: su navegador no resuelve ningún acertijo, y así frenamos a los programas de otra manera.
