//! What the API says of itself, and whether an answer is as it says: a validator of the JSON Schema that the description
//! uses, stricter than the standard in that every field has to be described.

use super::Doors;
use reqwest::Response;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The description, and which of its operations were asked.
pub struct OpenApi {
    pub document: Value,
    asked: Mutex<BTreeSet<String>>,
}

impl OpenApi {
    pub async fn of(doors: &Doors) -> Self {
        let document = doors.get("/api/openapi.json").send().await.unwrap().json().await.unwrap();
        Self { document, asked: Mutex::default() }
    }

    /// Every `GET /api/v1/...` and the like.
    pub fn operations(&self) -> Vec<(String, String, Value)> {
        let mut all = Vec::new();
        for (path, methods) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                all.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
        all
    }

    /// The ids of operations that no answer was judged of.
    pub fn unasked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let ids = self.operations().into_iter().map(|(_, _, it)| it["operationId"].as_str().unwrap().to_owned());
        ids.filter(|id| !asked.contains(id)).collect()
    }

    /// The answer's status and body, if they are as the description says.
    ///
    /// # Panics
    /// If they are not.
    pub async fn judge(&self, method: &str, path: &str, answer: Response) -> (u16, Value) {
        let status = answer.status().as_u16();
        let media_type =
            answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap().to_owned();
        let text = answer.text().await.unwrap();
        let path = path.split('?').next().unwrap();
        let found = self.operations().into_iter().find(|(it, template, _)| it == method && fits(template, path));
        let (_, template, operation) = found.unwrap_or_else(|| panic!("{method} {path} is not described"));
        let told = &operation["responses"][status.to_string()];
        assert!(told.is_object(), "{method} {template}: {status} is not described: {text}");
        self.asked.lock().unwrap().insert(operation["operationId"].as_str().unwrap().to_owned());
        if status == 304 {
            assert_eq!(text, "");
            return (status, Value::Null);
        }
        let content = &told["content"][&media_type];
        assert!(content.is_object(), "{method} {template}: {status} as {media_type:?} is not described: {text}");
        if !media_type.ends_with("json") {
            return (status, Value::String(text));
        }
        let body: Value = serde_json::from_str(&text).unwrap();
        let mut wrong = Vec::new();
        self.check(&content["schema"], &body, "", &mut wrong);
        assert!(wrong.is_empty(), "{method} {template} {status}:\n{}\nin {text}", wrong.join("\n"));
        (status, body)
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => {
                let name = name.strip_prefix("#/components/schemas/").unwrap();
                let found = &self.document["components"]["schemas"][name];
                assert!(found.is_object(), "there is no schema {name}");
                self.resolve(found)
            }
            None => schema,
        }
    }

    /// The members of an object, those of `allOf` among them.
    fn members(&self, schema: &Value, all: &mut Map<String, Value>, required: &mut BTreeSet<String>) {
        let schema = self.resolve(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.members(part, all, required);
        }
        for (name, it) in schema["properties"].as_object().into_iter().flatten() {
            all.insert(name.clone(), it.clone());
        }
        required.extend(schema["required"].as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()));
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut wrong = Vec::new();
        self.check(schema, value, "", &mut wrong);
        wrong.is_empty()
    }

    pub fn check(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        for key in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[key].as_array() {
                if !choices.iter().any(|choice| self.fits(choice, value)) {
                    // The nearest says most: the one that is no null.
                    let told = choices.iter().find(|it| it["type"] != "null").unwrap_or(&Value::Null);
                    self.check(told, value, at, wrong);
                    wrong.push(format!("{at}: {value} is none of the choices"));
                }
                return;
            }
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().map(|it| it.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        let actual = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_right = |it: &&str| *it == actual || (*it == "number" && actual == "integer");
        if !types.is_empty() && !types.iter().any(is_right) {
            wrong.push(format!("{at}: {actual} instead of {types:?}"));
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            wrong.push(format!("{at}: {value} is none of {words:?}"));
        }
        if let (Some(minimum), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
            && number < minimum
        {
            wrong.push(format!("{at}: {number} is below {minimum}"));
        }
        match value {
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    self.check(&schema["items"], item, &format!("{at}[{index}]"), wrong);
                }
            }
            Value::Object(object) => self.check_object(schema, object, at, wrong),
            _ => {}
        }
    }

    fn check_object(&self, schema: &Value, object: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
        let (mut members, mut required) = (Map::new(), BTreeSet::new());
        self.members(schema, &mut members, &mut required);
        wrong.extend(
            required.iter().filter(|name| !object.contains_key(*name)).map(|name| format!("{at}.{name} is missing")),
        );
        let any = &schema["additionalProperties"];
        // A value of any form has neither members nor a type.
        let is_free = members.is_empty() && any.is_null();
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match members.get(name) {
                Some(schema) => self.check(schema, value, &at, wrong),
                None if any.is_object() => self.check(any, value, &at, wrong),
                None if is_free => {}
                None => wrong.push(format!("{at} is not described")),
            }
        }
    }
}

/// `/api/v1/editions/{id}` and `/api/v1/editions/7`.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(it, actual)| {
            // A number stands for something, and a word is itself first.
            it == actual || (it.starts_with('{') && !(*it == "{id}" && actual.parse::<i64>().is_err()))
        })
}
